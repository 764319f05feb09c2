//! Storing an exported dialogue.

use keyloom::{MAX_APPEND, Writable};

use super::records::Part;
use super::{
    Claim, DialogueExport, DialogueItem, Evidence, Perspective, Recommendation, StoredDialogues,
    Tension, TensionEvent, references,
};
use crate::id::{DialogueId, EntityId};
use crate::{Error, Result};

impl StoredDialogues {
    /// Stores the dialogue, which claims its id, and then what belongs to it.
    pub(super) async fn import(&self, mut export: DialogueExport) -> Result<DialogueId> {
        let id = export.dialogue.id.clone();
        references::check(&export.references)?;
        check_numbers(&export)?;
        export.dialogue.realm = self.realm.clone();
        self.scope.insert(&mut export.dialogue).await?;
        match self.import_parts(&id, export).await {
            Ok(()) => Ok(id),
            Err(error) => {
                // Whatever comes of it, the first error is the one to tell.
                let _ = self.scope.delete_partition(DialogueItem::partition(&id)).await;
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

/// Refuses an entity without a number: it would be given another one than its references say.
fn check_numbers(export: &DialogueExport) -> Result<()> {
    let mut entities = (export.perspectives.iter().map(Perspective::id))
        .chain(export.recommendations.iter().map(Recommendation::id))
        .chain(export.evidence.iter().map(Evidence::id))
        .chain(export.claims.iter().map(Claim::id))
        .chain(export.tensions.iter().map(Tension::id));
    match entities.find(|id| id.seq == 0) {
        Some(id) => Err(Error::Import(format!("{id}: numbers begin at one"))),
        None => Ok(()),
    }
}
