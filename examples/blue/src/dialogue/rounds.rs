//! Rounds, the experts in them, and what the experts do.

use keyloom::{KeyPart, Record, Revision};
use serde::{Deserialize, Serialize};

use crate::id::{DialogueId, ExpertSlug, Realm};

/// How near an expert is to the question.
#[derive(KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ExpertTier {
    #[default]
    Core,
    Adjacent,
    Wildcard,
}

/// Where an expert came from.
#[derive(KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ExpertSource {
    #[default]
    Pool,
    Created,
    Retained,
}

/// What an expert scored in one round.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct RoundScore {
    /// The round.
    pub round: u16,
    /// The score.
    pub score: i64,
}

/// An expert of a dialogue.
#[derive(Record, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
#[record(partition = "dialogue#{dialogue}", sort = "expert#{slug}")]
pub struct Expert {
    /// Whose it is.
    #[serde(skip)]
    #[record(tenant)]
    pub realm: Realm,
    /// The dialogue.
    #[serde(skip)]
    pub dialogue: DialogueId,
    /// The expert's id in the dialogue.
    pub slug: ExpertSlug,
    /// What the expert is here for.
    pub role: String,
    /// How near the expert is to the question.
    pub tier: ExpertTier,
    /// Where the expert came from.
    pub source: ExpertSource,
    /// How relevant the expert was thought to be, from zero to one.
    pub relevance: Option<f64>,
    /// What the expert scored, round by round.
    pub scores: Vec<RoundScore>,
    /// The sum of the scores.
    pub total_score: i64,
    /// The round that the expert joined in.
    pub first_round: Option<u16>,
}

/// Whether a round goes on.
#[derive(KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum RoundStatus {
    #[default]
    Open,
    Completed,
}

/// A round of a dialogue.
#[derive(Record, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
#[record(partition = "dialogue#{dialogue}", sort = "round#{number}")]
pub struct Round {
    /// Whose it is.
    #[serde(skip)]
    #[record(tenant)]
    pub realm: Realm,
    /// The dialogue.
    #[serde(skip)]
    pub dialogue: DialogueId,
    /// Its number.
    pub number: u16,
    /// Its title.
    pub title: String,
    /// How far the experts agreed.
    pub score: i64,
    /// What came out of it.
    pub summary: String,
    /// Whether it goes on.
    pub status: RoundStatus,
}

/// What an expert did.
#[derive(KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum MoveKind {
    #[default]
    Defend,
    Challenge,
    Bridge,
    Request,
    Concede,
    Converge,
}

/// A move of an expert in a round.
#[derive(Record, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
#[record(partition = "dialogue#{dialogue}", sort = "move#{round}#{expert}#{seq}")]
pub struct Move {
    /// Whose it is.
    #[serde(skip)]
    #[record(tenant)]
    pub realm: Realm,
    /// The dialogue.
    #[serde(skip)]
    pub dialogue: DialogueId,
    /// The round.
    pub round: u16,
    /// Who made it.
    pub expert: ExpertSlug,
    /// Its number among the expert's moves of the round.
    #[record(sequence = "moves#{dialogue}#{round}#{expert}")]
    pub seq: u32,
    /// What it is.
    #[serde(rename = "type")]
    #[record(rename = "type")]
    pub kind: MoveKind,
    /// Moves with each write.
    #[serde(skip)]
    #[record(revision)]
    pub revision: Revision,
}
