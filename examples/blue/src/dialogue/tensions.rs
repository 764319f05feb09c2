//! Tensions between experts, and what happens to them.

use std::collections::BTreeSet;
use std::fmt;

use keyloom::{KeyPart, Record, Revision, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{DialogueId, EntityId, EntityKind, ExpertSlug, Realm};

/// Where a tension stands.
#[derive(KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum TensionStatus {
    #[default]
    Open,
    Addressed,
    Resolved,
    Reopened,
}

impl TensionStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Open, Self::Addressed, Self::Resolved, Self::Reopened];

    /// The statuses from which a tension comes to this one.
    pub const fn sources(self) -> &'static [Self] {
        match self {
            Self::Open => &[],
            Self::Addressed => &[Self::Open, Self::Reopened],
            Self::Resolved => &[Self::Open, Self::Addressed, Self::Reopened],
            Self::Reopened => &[Self::Resolved],
        }
    }
}

impl fmt::Display for TensionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Addressed => "addressed",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
        })
    }
}

/// Where experts pull in different directions.
#[derive(Record, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
#[record(partition = "dialogue#{dialogue}", sort = "tension#{round}#{seq}")]
pub struct Tension {
    /// Whose it is.
    #[serde(skip)]
    #[record(tenant)]
    pub realm: Realm,
    /// The dialogue.
    #[serde(skip)]
    pub dialogue: DialogueId,
    /// The round that it was found in.
    pub round: u16,
    /// Its number in the round.
    #[record(sequence = "tension#{dialogue}#{round}")]
    pub seq: u32,
    /// A few words for it.
    pub label: String,
    /// What it is about.
    pub description: String,
    /// Who is in it.
    pub contributors: BTreeSet<ExpertSlug>,
    /// Where it stands.
    pub status: TensionStatus,
    /// Moves with each write.
    #[serde(skip)]
    #[record(revision)]
    pub revision: Revision,
}

impl Tension {
    /// The id that people see.
    pub fn id(&self) -> EntityId {
        EntityId::new(EntityKind::Tension, self.round, self.seq)
    }
}

/// What happened to a tension.
#[derive(KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum TensionEventKind {
    #[default]
    Created,
    Addressed,
    Resolved,
    Reopened,
}

impl From<TensionStatus> for TensionEventKind {
    fn from(status: TensionStatus) -> Self {
        match status {
            TensionStatus::Open => Self::Created,
            TensionStatus::Addressed => Self::Addressed,
            TensionStatus::Resolved => Self::Resolved,
            TensionStatus::Reopened => Self::Reopened,
        }
    }
}

/// One event in the life of a tension. Each tension has a stream of its own.
#[derive(Record, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
#[record(
    stream,
    partition = "dialogue#{dialogue}",
    sort = "tension_event#{tension_round}#{tension_seq}#{number}"
)]
pub struct TensionEvent {
    /// Whose it is.
    #[serde(skip)]
    #[record(tenant)]
    pub realm: Realm,
    /// The dialogue.
    #[serde(skip)]
    pub dialogue: DialogueId,
    /// The round of the tension.
    pub tension_round: u16,
    /// The number of the tension in its round.
    pub tension_seq: u32,
    /// Its place in the stream, which storage decides.
    #[serde(skip)]
    #[record(sequence)]
    pub number: u64,
    /// What happened.
    #[serde(rename = "type")]
    #[record(rename = "type")]
    pub kind: TensionEventKind,
    /// The round in which it happened.
    pub round: u16,
    /// Who did it.
    pub actors: BTreeSet<ExpertSlug>,
    /// Why.
    pub reason: Option<String>,
    /// What brought it about.
    pub reference: Option<EntityId>,
    /// When.
    pub at: Timestamp,
}

impl TensionEvent {
    /// The tension that it happened to.
    pub fn tension(&self) -> EntityId {
        EntityId::new(EntityKind::Tension, self.tension_round, self.tension_seq)
    }
}
