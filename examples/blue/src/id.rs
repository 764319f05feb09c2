//! Typed ids, and the ids that people see.

use std::fmt;
use std::str::FromStr;

use keyloom::KeyPart;
use serde::{Deserialize, Serialize};

/// Whose dialogues and documents: the tenant of every record.
#[derive(KeyPart, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(transparent)]
pub struct Realm(String);

/// A dialogue: the slug of its title, with a number behind it where the slug was taken.
#[derive(KeyPart, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(transparent)]
pub struct DialogueId(String);

/// An expert of a dialogue.
#[derive(
    KeyPart, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord,
)]
#[serde(transparent)]
pub struct ExpertSlug(String);

impl Realm {
    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DialogueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is numbered in each round, and what references connect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum EntityKind {
    #[default]
    Perspective,
    Recommendation,
    Evidence,
    Claim,
    Tension,
}

impl EntityKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Perspective, Self::Recommendation, Self::Evidence, Self::Claim, Self::Tension];

    /// The letter that its ids begin with.
    pub const fn letter(self) -> char {
        match self {
            Self::Perspective => 'P',
            Self::Recommendation => 'R',
            Self::Evidence => 'E',
            Self::Claim => 'C',
            Self::Tension => 'T',
        }
    }
}

/// The id that people see of a perspective, recommendation, evidence, claim or tension.
///
/// The letter of its kind, then its round and its number in the round with two digits each: `P0203` is
/// the third perspective of round two. Where one of them needs more digits a hyphen stands between
/// them, because nobody could tell where the round ends: `P02-103`, `P100-01`. So every id has one
/// spelling, and no other is read. It is stored and stands in keys as people see it.
///
/// ```
/// use blue::id::{EntityId, EntityKind};
///
/// assert_eq!(EntityId::new(EntityKind::Perspective, 2, 3).to_string(), "P0203");
/// assert_eq!("T02-103".parse(), Ok(EntityId::new(EntityKind::Tension, 2, 103)));
/// assert!("P2-3".parse::<EntityId>().is_err());
/// ```
#[derive(
    KeyPart,
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
)]
#[key_part(text)]
#[serde(try_from = "String", into = "String")]
pub struct EntityId {
    /// What it is.
    pub kind: EntityKind,
    /// The round that it was registered in.
    pub round: u16,
    /// Its number in the round, from one.
    pub seq: u32,
}

impl EntityId {
    /// The id of this kind, round and number.
    pub const fn new(kind: EntityKind, round: u16, seq: u32) -> Self {
        Self { kind, round, seq }
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, round, seq } = self;
        let between = if *round > 99 || *seq > 99 { "-" } else { "" };
        write!(f, "{}{round:02}{between}{seq:02}", kind.letter())
    }
}

/// The text is no id as [`EntityId`] spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an id such as `P0203` or `T02-103`")]
pub struct ParseIdError;

impl FromStr for EntityId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let kind = EntityKind::ALL.into_iter().find(|kind| text.starts_with(kind.letter()));
        let (kind, digits) = kind.zip(text.get(1..)).ok_or(ParseIdError)?;
        let (round, seq) = match digits.split_once('-') {
            Some(parts) => parts,
            None => digits.split_at_checked(2).ok_or(ParseIdError)?,
        };
        let id = Self {
            kind,
            round: round.parse().map_err(|_| ParseIdError)?,
            seq: seq.parse().map_err(|_| ParseIdError)?,
        };
        // Whatever else a number may look like (`+3`, `003`), it is not how the id is spelt.
        if id.to_string() == text { Ok(id) } else { Err(ParseIdError) }
    }
}

impl From<EntityId> for String {
    fn from(id: EntityId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for EntityId {
    type Error = ParseIdError;

    fn try_from(text: String) -> Result<Self, ParseIdError> {
        text.parse()
    }
}
