//! References between entities, and what they may say.

use std::fmt;

use keyloom::{KeyPart, Record};
use serde::{Deserialize, Serialize};

use crate::id::{DialogueId, EntityId, EntityKind, Realm};
use crate::{Error, Result};

/// What a reference says.
#[derive(
    KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord,
)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ReferenceKind {
    #[default]
    Support,
    Oppose,
    Refine,
    Question,
    Depend,
    Address,
    Resolve,
    Reopen,
}

/// A reference, in the entry that makes it.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// What it says.
    #[serde(rename = "type")]
    pub kind: ReferenceKind,
    /// Of which entity.
    pub target: EntityId,
}

/// A reference from one entity to another of the same dialogue. The index finds who refers to an entity.
#[derive(Record, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
#[record(
    partition = "dialogue#{dialogue}",
    sort = "reference#{source}#{kind}#{target}",
    index(by_target, partition = "references#{dialogue}#{target}", sort = "{source}")
)]
pub struct Reference {
    /// Whose it is.
    #[serde(skip)]
    #[record(tenant)]
    pub realm: Realm,
    /// The dialogue.
    #[serde(skip)]
    pub dialogue: DialogueId,
    /// Which entity refers.
    pub source: EntityId,
    /// What it says.
    #[serde(rename = "type")]
    #[record(rename = "type")]
    pub kind: ReferenceKind,
    /// Of which entity.
    pub target: EntityId,
}

/// Why a reference says what cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which entity refers.
    pub source: EntityId,
    /// What it says, and of which entity.
    pub citation: Citation,
    /// What is wrong with it.
    pub rule: Rule,
}

/// What holds for references.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// An entity does not refer to itself.
    NotItself,
    /// Only a tension is addressed, resolved or reopened.
    OnlyTension,
    /// A tension is neither supported nor opposed.
    NoTension,
    /// An entity refines one of its own kind.
    SameKind,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, citation: Citation { kind, target }, rule } = self;
        let rule = match rule {
            Rule::NotItself => "an entity does not refer to itself",
            Rule::OnlyTension => "only a tension is addressed, resolved or reopened",
            Rule::NoTension => "a tension is neither supported nor opposed",
            Rule::SameKind => "an entity refines one of its own kind",
        };
        write!(f, "{source} {kind:?} {target}: {rule}")
    }
}

impl Reference {
    /// Every rule that the reference breaks.
    fn violations(&self) -> impl Iterator<Item = Violation> + use<> {
        use ReferenceKind::{Address, Oppose, Refine, Reopen, Resolve, Support};

        let &Self { source, kind, target, .. } = self;
        let is_tension = target.kind == EntityKind::Tension;
        let rules = [
            (source == target, Rule::NotItself),
            (matches!(kind, Address | Resolve | Reopen) && !is_tension, Rule::OnlyTension),
            (matches!(kind, Support | Oppose) && is_tension, Rule::NoTension),
            (kind == Refine && source.kind != target.kind, Rule::SameKind),
        ];
        let citation = Citation { kind, target };
        rules.into_iter().filter(|(broken, _)| *broken).map(move |(_, rule)| Violation {
            source,
            citation,
            rule,
        })
    }
}

/// Fails with everything that is wrong with all of the references.
pub(super) fn check(references: &[Reference]) -> Result<()> {
    let violations: Vec<Violation> = references.iter().flat_map(Reference::violations).collect();
    if violations.is_empty() { Ok(()) } else { Err(Error::References(violations)) }
}
