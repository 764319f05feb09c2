//! [`DialogueStore`] on keyloom.

use async_trait::async_trait;
use keyloom::engine::Engine;
use keyloom::{Clock, ErrorKind, OfTenant, Scope, Table as _};

use super::records::Part as _;
use super::register::{exists, tension_key};
use super::{
    Claim, Dialogue, DialogueExport, DialogueItem, DialoguePart, DialogueStatus, DialogueStore,
    DialogueSummary, Dialogues, Evidence, Expert, Move, Perspective, Recommendation, Reference,
    Round, Tension, TensionEvent, TensionStatus, Verdict, VerdictKind, references,
};
use crate::error::or_there_already;
use crate::id::{DialogueId, EntityId, Realm};
use crate::slug::{numbered, slug};
use crate::{Error, Result};

/// The dialogues of one realm, on whatever engine they were opened.
#[derive(Clone)]
pub struct StoredDialogues {
    pub(super) scope: Scope<Dialogues, OfTenant<Realm>>,
    pub(super) realm: Realm,
}

impl StoredDialogues {
    /// Opens the table on an engine. [`open_dialogue_store`](crate::open_dialogue_store) does it as the
    /// configuration says.
    pub async fn open(
        engine: Box<dyn Engine>,
        realm: Realm,
        clock: impl Clock + 'static,
    ) -> Result<Self> {
        let store = Dialogues::open(engine).clock(clock).await?;
        Ok(Self { scope: store.tenant(&realm), realm })
    }
}

#[async_trait]
impl DialogueStore for StoredDialogues {
    async fn create_dialogue(&self, dialogue: Dialogue) -> Result<Dialogue> {
        let mut dialogue = Dialogue {
            realm: self.realm.clone(),
            status: DialogueStatus::Open,
            created: self.scope.now(),
            converged_at: None,
            total_rounds: 0,
            total_alignment: 0,
            deleted: None,
            ..dialogue
        };
        let slug = slug(&dialogue.title);
        for number in 1.. {
            dialogue.id = DialogueId::from(numbered(&slug, number));
            match self.scope.insert(&mut dialogue).await {
                // Whoever came first has the id; nobody asked before whether it was free.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                inserted => return Ok(inserted.map(|()| dialogue)?),
            }
        }
        Err(Error::AlreadyExists("Dialogue"))
    }

    async fn get_dialogue(&self, id: &DialogueId) -> Result<Option<Dialogue>> {
        Ok(self.scope.get(Dialogue::key(id)).await?)
    }

    async fn update_dialogue(&self, mut dialogue: Dialogue) -> Result<Dialogue> {
        if dialogue.revision.is_new() {
            return Err(Error::NotFound("Dialogue"));
        }
        (dialogue.realm, dialogue.deleted) = (self.realm.clone(), None);
        self.scope.save(&mut dialogue).await?;
        Ok(dialogue)
    }

    async fn list_dialogues(&self, status: Option<DialogueStatus>) -> Result<Vec<DialogueSummary>> {
        let found = match status {
            Some(status) => {
                self.scope.query(Dialogue::by_status(status)).newest_first().all().await?
            }
            None => self.scope.query(Dialogue::newest()).newest_first().all().await?,
        };
        Ok(found.into_iter().map(DialogueSummary::from).collect())
    }

    async fn register_expert(&self, dialogue: &DialogueId, mut expert: Expert) -> Result<Expert> {
        expert.place(&self.realm, dialogue);
        self.scope
            .transaction()
            .check_exists(Dialogue::key(dialogue))
            .insert(&mut expert)
            .commit()
            .await?;
        Ok(expert)
    }

    async fn register_round(&self, dialogue: &DialogueId, mut round: Round) -> Result<Round> {
        round.place(&self.realm, dialogue);
        let totals = Dialogue::key(dialogue)
            .patch()
            .add(Dialogue::TOTAL_ROUNDS, 1)
            .add(Dialogue::TOTAL_ALIGNMENT, round.score);
        self.scope.transaction().update(totals).insert(&mut round).commit().await?;
        Ok(round)
    }

    async fn register_perspective(
        &self,
        dialogue: &DialogueId,
        perspective: Perspective,
    ) -> Result<Perspective> {
        self.register_entry(dialogue, perspective).await
    }

    async fn register_recommendation(
        &self,
        dialogue: &DialogueId,
        recommendation: Recommendation,
    ) -> Result<Recommendation> {
        self.register_entry(dialogue, recommendation).await
    }

    async fn register_evidence(
        &self,
        dialogue: &DialogueId,
        evidence: Evidence,
    ) -> Result<Evidence> {
        self.register_entry(dialogue, evidence).await
    }

    async fn register_claim(&self, dialogue: &DialogueId, claim: Claim) -> Result<Claim> {
        self.register_entry(dialogue, claim).await
    }

    async fn register_tension(
        &self,
        dialogue: &DialogueId,
        mut tension: Tension,
    ) -> Result<Tension> {
        tension.place(&self.realm, dialogue);
        (tension.seq, tension.status) = (0, TensionStatus::Open);
        // The event says the number, so it is known before both are written.
        self.scope.assign_number(&mut tension).await?;
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

    async fn update_tension_status(
        &self,
        dialogue: &DialogueId,
        tension: EntityId,
        status: TensionStatus,
        mut event: TensionEvent,
    ) -> Result<TensionEvent> {
        let (round, seq) = tension_key(tension)?;
        self.tell(&mut event, dialogue, tension, status);
        let changed = Tension::key(dialogue, round, seq)
            .patch()
            .set(Tension::STATUS, status)
            .when(Tension::STATUS.one_of(status.sources()));
        match self.scope.transaction().update(changed).append(&mut event).commit().await {
            Err(error) if error.kind() == ErrorKind::ConditionFailed => {
                let from = error.into_conflict::<Tension>()?.stored?.status;
                Err(Error::Transition { from, to: status })
            }
            committed => {
                committed?;
                Ok(event)
            }
        }
    }

    async fn tension_events(
        &self,
        dialogue: &DialogueId,
        tension: EntityId,
    ) -> Result<Vec<TensionEvent>> {
        let (round, seq) = tension_key(tension)?;
        let events = TensionEvent::partition(dialogue).tension_round(round).tension_seq(seq);
        Ok(self.scope.query(events).all().await?)
    }

    async fn register_verdict(
        &self,
        dialogue: &DialogueId,
        mut verdict: Verdict,
    ) -> Result<Verdict> {
        verdict.place(&self.realm, dialogue);
        verdict.created = self.scope.now();
        let transaction = self.scope.transaction();
        let transaction = if verdict.kind == VerdictKind::Final {
            let converged = Dialogue::key(dialogue)
                .patch()
                .set(Dialogue::STATUS, DialogueStatus::Converged)
                .set(Dialogue::CONVERGED_AT, verdict.created);
            transaction.update(converged)
        } else {
            transaction.check_exists(Dialogue::key(dialogue))
        };
        transaction.insert(&mut verdict).commit().await?;
        Ok(verdict)
    }

    async fn register_move(&self, dialogue: &DialogueId, mut step: Move) -> Result<Move> {
        step.place(&self.realm, dialogue);
        step.seq = 0;
        self.scope
            .transaction()
            .check_exists(Dialogue::key(dialogue))
            .insert(&mut step)
            .commit()
            .await?;
        Ok(step)
    }

    async fn add_reference(&self, dialogue: &DialogueId, mut reference: Reference) -> Result<()> {
        references::check(std::slice::from_ref(&reference))?;
        reference.place(&self.realm, dialogue);
        let writes = exists(self.scope.transaction(), dialogue, reference.source);
        let writes = exists(writes, dialogue, reference.target);
        or_there_already(writes.insert(&mut reference).commit().await)
    }

    async fn references_to(
        &self,
        dialogue: &DialogueId,
        target: EntityId,
    ) -> Result<Vec<Reference>> {
        Ok(self.scope.query(Reference::by_target(dialogue, target)).all().await?)
    }

    async fn export_dialogue(&self, id: &DialogueId) -> Result<DialogueExport> {
        let items = self.scope.query(DialogueItem::partition(id)).all().await?;
        DialogueExport::gather(items).ok_or(Error::NotFound("Dialogue"))
    }

    async fn import_dialogue(&self, dialogue: DialogueExport) -> Result<DialogueId> {
        self.import(dialogue).await
    }

    async fn delete_dialogue(&self, id: &DialogueId) -> Result<usize> {
        // Marked first, so that nobody adds to it, and removed last, so that nobody takes its id before.
        self.scope.delete(Dialogue::key(id)).await?;
        let parts = self.scope.delete_partition(DialoguePart::partition(id)).await?.total();
        let own = self.scope.purge(Dialogue::key(id)).await?;
        Ok(parts + usize::from(own))
    }
}
