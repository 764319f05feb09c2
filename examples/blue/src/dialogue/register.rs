//! What registering is made of.

use std::collections::BTreeSet;

use keyloom::{OfTenant, Transaction};

use super::entries::Entry;
use super::records::Part as _;
use super::{
    Citation, Claim, Dialogue, Dialogues, Evidence, Perspective, Recommendation, Reference,
    StoredDialogues, Tension, TensionEvent, TensionStatus, references,
};
use crate::id::{DialogueId, EntityId, EntityKind, Realm};
use crate::{Error, Result};

type Writes<'s> = Transaction<'s, Dialogues, OfTenant<Realm>>;

impl StoredDialogues {
    /// Stores an entry and its references.
    pub(super) async fn register_entry<E: Entry>(
        &self,
        dialogue: &DialogueId,
        mut entry: E,
    ) -> Result<E> {
        entry.place(&self.realm, dialogue);
        entry.begin(self.scope.now());
        // Before it has a number, all is known but whether it refers to itself.
        references::check(&self.references_of(dialogue, &entry))?;
        self.scope.assign_number(&mut entry).await?;
        let mut references = self.references_of(dialogue, &entry);
        references::check(&references)?;
        let targets: BTreeSet<_> = references.iter().map(|reference| reference.target).collect();

        let mut writes = self.scope.transaction().check_exists(Dialogue::key(dialogue));
        for target in targets {
            writes = exists(writes, dialogue, target);
        }
        writes = writes.insert(&mut entry);
        for reference in &mut references {
            writes = writes.insert(reference);
        }
        writes.commit().await?;
        Ok(entry)
    }

    /// The records of what an entry refers to; what it says twice is one.
    fn references_of(&self, dialogue: &DialogueId, entry: &impl Entry) -> Vec<Reference> {
        let cited: BTreeSet<Citation> = entry.references().iter().copied().collect();
        let cite = |Citation { kind, target }| {
            let mut reference =
                Reference { source: entry.id(), kind, target, ..Reference::default() };
            reference.place(&self.realm, dialogue);
            reference
        };
        cited.into_iter().map(cite).collect()
    }

    /// Makes an event the one that tells of a tension's status.
    pub(super) fn tell(
        &self,
        event: &mut TensionEvent,
        dialogue: &DialogueId,
        tension: EntityId,
        status: TensionStatus,
    ) {
        event.place(&self.realm, dialogue);
        (event.tension_round, event.tension_seq) = (tension.round, tension.seq);
        (event.kind, event.at) = (status.into(), self.scope.now());
    }
}

/// Where a tension lies in its dialogue; nothing but tensions is found there.
pub(super) fn tension_key(id: EntityId) -> Result<(u16, u32)> {
    match id {
        EntityId { kind: EntityKind::Tension, round, seq } => Ok((round, seq)),
        _ => Err(Error::NotFound("Tension")),
    }
}

/// Commits only if this entity is stored.
pub(super) fn exists<'s>(writes: Writes<'s>, dialogue: &DialogueId, id: EntityId) -> Writes<'s> {
    let EntityId { kind, round, seq } = id;
    match kind {
        EntityKind::Perspective => writes.check_exists(Perspective::key(dialogue, round, seq)),
        EntityKind::Recommendation => {
            writes.check_exists(Recommendation::key(dialogue, round, seq))
        }
        EntityKind::Evidence => writes.check_exists(Evidence::key(dialogue, round, seq)),
        EntityKind::Claim => writes.check_exists(Claim::key(dialogue, round, seq)),
        EntityKind::Tension => writes.check_exists(Tension::key(dialogue, round, seq)),
    }
}
