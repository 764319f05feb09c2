//! Verdicts.

use std::collections::BTreeSet;

use keyloom::{KeyPart, Record, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{DialogueId, EntityId, ExpertSlug, Realm};

/// How far a verdict reaches.
#[derive(KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum VerdictKind {
    #[default]
    Interim,
    Final,
    Minority,
    Dissent,
}

/// A verdict.
#[derive(Record, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
#[record(partition = "dialogue#{dialogue}", sort = "verdict#{id}")]
pub struct Verdict {
    /// Whose it is.
    #[serde(skip)]
    #[record(tenant)]
    pub realm: Realm,
    /// The dialogue.
    #[serde(skip)]
    pub dialogue: DialogueId,
    /// Its id, which its author chooses.
    pub id: String,
    /// How far it reaches.
    #[serde(rename = "type")]
    #[record(rename = "type")]
    pub kind: VerdictKind,
    /// The round that it was given in.
    pub round: u16,
    /// What is to be done.
    pub recommendation: String,
    /// Why.
    pub description: String,
    /// On which conditions.
    pub conditions: Vec<String>,
    /// How the vote went.
    pub vote: String,
    /// How sure the experts are, from zero to one.
    pub confidence: f64,
    /// The tensions that remain.
    pub tensions_accepted: Vec<EntityId>,
    /// Who stands behind it.
    pub supporting_experts: BTreeSet<ExpertSlug>,
    /// When it was given.
    pub created: Timestamp,
}
