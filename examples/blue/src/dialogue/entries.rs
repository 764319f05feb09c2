//! What experts say in a round: perspectives, recommendations, evidence and claims.
//!
//! The four have the same fields and differ in their names and keys, so one macro writes them.

use std::collections::BTreeSet;

use keyloom::{KeyPart, Numbered, Record, Revision, Timestamp};
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
pub(super) trait Entry: Part + Numbered {
    /// The id that people see.
    fn id(&self) -> EntityId;

    /// What it refers to.
    fn references(&self) -> &[Citation];

    /// Makes it a new one of this moment.
    fn begin(&mut self, created: Timestamp);
}

macro_rules! entries {
    ($($(#[$doc:meta])* $name:ident, $sort:literal, $sequence:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Record, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
        #[serde(deny_unknown_fields)]
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
            #[record(sequence = $sequence)]
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
            /// Moves with each write.
            #[serde(skip)]
            #[record(revision)]
            pub revision: Revision,
        }

        impl $name {
            /// The id that people see.
            pub fn id(&self) -> EntityId {
                EntityId::new(EntityKind::$name, self.round, self.seq)
            }
        }

        impl Entry for $name {
            fn id(&self) -> EntityId {
                self.id()
            }

            fn references(&self) -> &[Citation] {
                &self.references
            }

            fn begin(&mut self, created: Timestamp) {
                (self.seq, self.created) = (0, created);
            }
        }
    )*};
}

entries! {
    /// How an expert sees the question.
    Perspective, "perspective#{round}#{seq}", "perspective#{dialogue}#{round}";
    /// What an expert would do.
    Recommendation, "recommendation#{round}#{seq}", "recommendation#{dialogue}#{round}";
    /// What is known.
    Evidence, "evidence#{round}#{seq}", "evidence#{dialogue}#{round}";
    /// What an expert holds to be true.
    Claim, "claim#{round}#{seq}", "claim#{dialogue}#{round}";
}
