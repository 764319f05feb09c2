//! What experts say in a round: perspectives, recommendations, evidence and claims.
//!
//! The four have the same fields and differ in their names and keys, so one macro writes them.

use std::collections::BTreeSet;

use keyloom::{KeyPart, Record, Timestamp, Writable};
use serde::{Deserialize, Serialize};

use super::Citation;
use super::records::Part;
use crate::id::{DialogueId, EntityId, EntityKind, ExpertSlug, Realm};

/// What became of an entry.
#[derive(KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum EntryStatus {
    #[default]
    Open,
    Refined,
    Adopted,
    Withdrawn,
}

/// What the four have in common.
pub(super) trait Entry: Part + Writable {
    /// Which of the four it is.
    const KIND: EntityKind;

    /// The round that it is said in.
    fn round(&self) -> u16;

    /// What it refers to.
    fn references(&self) -> &[Citation];

    /// Gives it its number in the round, and the time of its registration.
    fn number(&mut self, seq: u32, created: Timestamp);
}

macro_rules! entries {
    ($($(#[$doc:meta])* $name:ident, $sort:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Record, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
        #[record(partition = "dialogue#{dialogue}", sort = $sort)]
        pub struct $name {
            /// Whose it is.
            #[serde(skip)]
            #[record(tenant)]
            pub realm: Realm,
            /// The dialogue.
            #[serde(skip)]
            pub dialogue: DialogueId,
            /// The round.
            pub round: u16,
            /// Its number in the round.
            pub seq: u32,
            /// A few words for it.
            pub label: String,
            /// What is said.
            pub content: String,
            /// Who said it.
            pub contributors: BTreeSet<ExpertSlug>,
            /// What became of it.
            pub status: EntryStatus,
            /// What it refers to, as it was registered.
            pub references: Vec<Citation>,
            /// When it was registered.
            pub created: Timestamp,
        }

        impl $name {
            /// The id that people see.
            pub fn id(&self) -> EntityId {
                EntityId::new(EntityKind::$name, self.round, self.seq)
            }
        }

        impl Entry for $name {
            const KIND: EntityKind = EntityKind::$name;

            fn round(&self) -> u16 {
                self.round
            }

            fn references(&self) -> &[Citation] {
                &self.references
            }

            fn number(&mut self, seq: u32, created: Timestamp) {
                (self.seq, self.created) = (seq, created);
            }
        }
    )*};
}

entries! {
    /// How an expert sees the question.
    Perspective, "perspective#{round}#{seq}";
    /// What an expert would do.
    Recommendation, "recommendation#{round}#{seq}";
    /// What is known.
    Evidence, "evidence#{round}#{seq}";
    /// What an expert holds to be true.
    Claim, "claim#{round}#{seq}";
}
