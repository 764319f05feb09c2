//! Storing an exported dialogue.

use std::collections::{BTreeMap, BTreeSet};

use keyloom::{ErrorKind, MAX_APPEND, Writable};

use super::records::Part;
use super::{
    Citation, DialogueExport, DialogueStore as _, Reference, StoredDialogues, Tension,
    TensionEvent, TensionEventKind, references,
};
use crate::id::{DialogueId, EntityId};
use crate::{Error, Result};

impl StoredDialogues {
    /// Stores the dialogue, which claims its id, and then what belongs to it.
    pub(super) async fn import(&self, mut export: DialogueExport) -> Result<DialogueId> {
        check(&export)?;
        let id = export.dialogue.id.clone();
        export.dialogue.realm = self.realm.clone();
        match self.scope.insert(&mut export.dialogue).await {
            Err(error) if error.kind() == ErrorKind::UnknownOutcome => {
                error.reconcile(&mut export.dialogue).await?;
            }
            inserted => inserted?,
        }
        match self.import_parts(&id, export).await {
            Ok(()) => Ok(id),
            Err(error) => {
                // Whatever comes of it, the first error is the one to tell.
                let _ = self.delete_dialogue(&id).await;
                Err(error)
            }
        }
    }

    async fn import_parts(&self, id: &DialogueId, mut export: DialogueExport) -> Result<()> {
        self.insert_parts(id, &mut export.experts).await?;
        self.insert_parts(id, &mut export.rounds).await?;
        self.insert_parts(id, &mut export.perspectives).await?;
        self.insert_parts(id, &mut export.recommendations).await?;
        self.insert_parts(id, &mut export.evidence).await?;
        self.insert_parts(id, &mut export.claims).await?;
        self.insert_parts(id, &mut export.tensions).await?;
        self.insert_parts(id, &mut export.references).await?;
        self.insert_parts(id, &mut export.verdicts).await?;
        self.insert_parts(id, &mut export.moves).await?;
        for event in &mut export.tension_events {
            event.place(&self.realm, id);
        }
        let of_one = |one: &TensionEvent, next: &TensionEvent| one.tension() == next.tension();
        for events in export.tension_events.chunk_by_mut(of_one) {
            let EntityId { round, seq, .. } = events[0].tension();
            let stream = self.scope.stream(TensionEvent::stream(id, round, seq));
            for events in events.chunks_mut(MAX_APPEND) {
                stream.append_all(events).await?;
            }
        }
        Ok(())
    }

    /// Inserts new records; the first that cannot be inserted is the error.
    async fn insert_parts<R: Part + Writable>(
        &self,
        id: &DialogueId,
        records: &mut [R],
    ) -> Result<()> {
        for record in &mut *records {
            record.place(&self.realm, id);
        }
        for outcome in self.scope.insert_all(records).await? {
            outcome?;
        }
        Ok(())
    }
}

/// Refuses what nothing else would have stored: everything that is wrong with the references, or else the
/// first thing that is wrong besides.
fn check(export: &DialogueExport) -> Result<()> {
    let entries = (export.perspectives.iter().map(|entry| (entry.id(), &entry.references)))
        .chain(export.recommendations.iter().map(|entry| (entry.id(), &entry.references)))
        .chain(export.evidence.iter().map(|entry| (entry.id(), &entry.references)))
        .chain(export.claims.iter().map(|entry| (entry.id(), &entry.references)));
    let cited = entries.clone().flat_map(|(source, citations)| {
        citations.iter().map(move |Citation { kind, target }| Reference {
            source,
            kind: *kind,
            target: *target,
            ..Reference::default()
        })
    });
    let references: Vec<Reference> = cited.chain(export.references.iter().cloned()).collect();
    references::check(&references)?;

    let wrong = |message: String| Err(Error::Import(message));
    let stored: BTreeSet<EntityId> =
        (entries.map(|(id, _)| id)).chain(export.tensions.iter().map(Tension::id)).collect();
    // Without a number it would be given another one than its references say.
    if let Some(id) = stored.iter().find(|id| id.seq == 0) {
        return wrong(format!("{id}: numbers begin at one"));
    }
    if let Some(step) = export.moves.iter().find(|step| step.seq == 0) {
        return wrong(format!("a move of round {}: numbers begin at one", step.round));
    }
    let ends = references.iter().flat_map(|reference| [reference.source, reference.target]);
    let ends = ends.chain(export.tension_events.iter().map(TensionEvent::tension));
    if let Some(id) = ends.into_iter().find(|id| !stored.contains(id)) {
        return wrong(format!("{id} is not in the file"));
    }
    let last: BTreeMap<EntityId, TensionEventKind> =
        export.tension_events.iter().map(|event| (event.tension(), event.kind)).collect();
    match export.tensions.iter().find(|it| last.get(&it.id()) != Some(&it.status.into())) {
        Some(tension) => {
            wrong(format!("{}: its last event does not tell its status", tension.id()))
        }
        None => Ok(()),
    }
}
