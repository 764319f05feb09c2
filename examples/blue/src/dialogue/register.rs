//! What is written in one transaction with something else: entries and their references, tensions and
//! their events.

use std::collections::BTreeSet;

use keyloom::{Condition, ErrorKind, InScope, Lists, OfTenant, Transaction};

use super::entries::Entry;
use super::records::Part as _;
use super::{
    Citation, Claim, Dialogue, Dialogues, Evidence, Numbering, Perspective, Recommendation,
    Reference, StoredDialogues, Tension, TensionEvent, TensionStatus, references,
};
use crate::id::{DialogueId, EntityId, EntityKind, Realm};
use crate::{Error, Result};

type Writes<'s> = Transaction<'s, Dialogues, OfTenant<Realm>>;

impl StoredDialogues {
    /// Takes the next number of a round. It is gone then, whether something is written under it or not.
    async fn next_number(
        &self,
        dialogue: &DialogueId,
        kind: EntityKind,
        round: u16,
    ) -> Result<u32> {
        loop {
            let key = Numbering::key(dialogue, round, kind);
            match self.scope.update(key).add(Numbering::LAST, 1).await {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                numbering => return Ok(numbering?.last),
            }
            let mut none = Numbering { round, kind, ..Numbering::default() };
            none.place(&self.realm, dialogue);
            let begun = self
                .scope
                .transaction()
                .check_exists(Dialogue::key(dialogue))
                .insert(&mut none)
                .commit();
            match begun.await {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
                // It is there now, by this or by somebody else.
                _ => {}
            }
        }
    }

    /// Stores an entry and its references.
    pub(super) async fn register_entry<E>(&self, dialogue: &DialogueId, mut entry: E) -> Result<E>
    where
        E: Entry + InScope<OfTenant<Realm>>,
        Dialogues: Lists<E>,
    {
        let references = |source| -> Vec<Reference> {
            let cited: BTreeSet<Citation> = entry.references().iter().copied().collect();
            let cite = |Citation { kind, target }| {
                let mut reference = Reference { source, kind, target, ..Reference::default() };
                reference.place(&self.realm, dialogue);
                reference
            };
            cited.into_iter().map(cite).collect()
        };
        let round = entry.round();
        // Whether they make sense is known before the number is.
        references::check(&references(EntityId::new(E::KIND, round, 0)))?;
        let seq = self.next_number(dialogue, E::KIND, round).await?;
        let mut references = references(EntityId::new(E::KIND, round, seq));
        let targets: BTreeSet<_> = references.iter().map(|reference| reference.target).collect();
        entry.place(&self.realm, dialogue);
        entry.number(seq, self.now());

        // Beside `Lists<E>` the compiler wants to be told each other type.
        let dialogue_key = Dialogue::key(dialogue);
        let mut writes = self.scope.transaction().check_exists::<Dialogue>(dialogue_key);
        for target in targets {
            writes = exists(writes, dialogue, target);
        }
        writes = writes.insert(&mut entry);
        for reference in &mut references {
            writes = writes.insert::<Reference>(reference);
        }
        writes.commit().await?;
        Ok(entry)
    }

    /// Stores a tension and the event of its creation.
    pub(super) async fn open_tension(
        &self,
        dialogue: &DialogueId,
        mut tension: Tension,
    ) -> Result<Tension> {
        tension.seq = self.next_number(dialogue, EntityKind::Tension, tension.round).await?;
        tension.status = TensionStatus::Open;
        tension.place(&self.realm, dialogue);
        let (round, actors) = (tension.round, tension.contributors.clone());
        let mut event = TensionEvent { round, actors, ..TensionEvent::default() };
        self.tell(&mut event, dialogue, tension.id(), tension.status);
        self.scope
            .transaction()
            .check_exists(Dialogue::key(dialogue))
            .insert(&mut tension)
            .append(&mut event)
            .commit()
            .await?;
        Ok(tension)
    }

    /// Changes a tension's status and appends the event that tells of it.
    pub(super) async fn move_tension(
        &self,
        dialogue: &DialogueId,
        tension: EntityId,
        status: TensionStatus,
        mut event: TensionEvent,
    ) -> Result<Tension> {
        let (round, seq) = tension_key(tension)?;
        self.tell(&mut event, dialogue, tension, status);
        let key = || Tension::key(dialogue, round, seq);
        let changed = key().patch().set(Tension::STATUS, status).when(allowed(status));
        match self.scope.transaction().update(changed).append(&mut event).commit().await {
            Err(error) if error.kind() == ErrorKind::ConditionFailed => {
                let from = error.into_conflict::<Tension>()?.stored?.status;
                Err(Error::Transition { from, to: status })
            }
            committed => {
                committed?;
                self.scope.get(key()).await?.ok_or(Error::NotFound("Tension"))
            }
        }
    }

    /// Makes an event the one that tells of a tension's status.
    fn tell(
        &self,
        event: &mut TensionEvent,
        dialogue: &DialogueId,
        tension: EntityId,
        status: TensionStatus,
    ) {
        event.place(&self.realm, dialogue);
        (event.tension_round, event.tension_seq) = (tension.round, tension.seq);
        (event.kind, event.at) = (status.into(), self.now());
    }

    /// Stores a reference, unless it is there.
    pub(super) async fn refer(
        &self,
        dialogue: &DialogueId,
        mut reference: Reference,
    ) -> Result<()> {
        references::check(std::slice::from_ref(&reference))?;
        reference.place(&self.realm, dialogue);
        let writes = exists(self.scope.transaction(), dialogue, reference.source);
        let writes = exists(writes, dialogue, reference.target);
        match writes.insert(&mut reference).commit().await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            committed => {
                committed?;
                Ok(())
            }
        }
    }
}

/// The condition under which a tension comes to a status: it has none that does not lead there.
fn allowed(status: TensionStatus) -> Condition<Tension> {
    TensionStatus::ALL
        .into_iter()
        .filter(|from| !status.sources().contains(from))
        .fold(Tension::STATUS.ne(status), |none, from| none.and(Tension::STATUS.ne(from)))
}

/// Where a tension lies in its dialogue; nothing but tensions is found there.
pub(super) fn tension_key(id: EntityId) -> Result<(u16, u32)> {
    match id {
        EntityId { kind: EntityKind::Tension, round, seq } => Ok((round, seq)),
        _ => Err(Error::NotFound("Tension")),
    }
}

/// Commits only if this entity is stored.
fn exists<'s>(writes: Writes<'s>, dialogue: &DialogueId, id: EntityId) -> Writes<'s> {
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
