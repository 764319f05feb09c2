//! Dialogues: what a program does with them, and how they lie in storage.
//!
//! Everything of a dialogue lies in one partition, `dialogue#{dialogue}`, under a sort key that says
//! its type and then its place; so a dialogue is exported by one query and deleted whole. No record
//! depends on another writer being alone: each number, transition and verdict is decided by a condition
//! of the write itself.

mod entries;
mod export;
mod import;
mod records;
mod references;
mod register;
mod rounds;
mod stored;
mod tensions;
mod verdicts;

use async_trait::async_trait;

use crate::Result;
use crate::id::{DialogueId, EntityId};

pub use entries::{Claim, EntryStatus, Evidence, Perspective, Recommendation};
pub use export::DialogueExport;
pub use records::{
    Dialogue, DialogueItem, DialoguePart, DialogueStatus, DialogueSummary, Dialogues,
};
pub use references::{Citation, Reference, ReferenceKind, Rule, Violation};
pub use rounds::{
    Expert, ExpertSource, ExpertTier, Move, MoveKind, Round, RoundScore, RoundStatus,
};
pub use stored::StoredDialogues;
pub use tensions::{Tension, TensionEvent, TensionEventKind, TensionStatus};
pub use verdicts::{Verdict, VerdictKind};

/// The dialogues of one realm.
///
/// What is registered is given as the record that is to be stored. The store fills in what is its own to
/// decide (the realm, the dialogue, the number in the round, the time of creation), writes it, and
/// returns it as it is stored. Every `register_…` fails with
/// [`NotFound`](crate::Error::NotFound) where the dialogue is not stored, and with
/// [`AlreadyExists`](crate::Error::AlreadyExists) where the id is taken. A number that was taken by
/// registering what then failed is not given again.
///
/// [`list_dialogues`](Self::list_dialogues) and [`references_to`](Self::references_to) read indexes,
/// which on DynamoDB are a moment late.
#[async_trait]
pub trait DialogueStore: Send + Sync {
    /// Stores a new dialogue. Its id is the slug of its title, with a number behind it where the slug
    /// is taken: `title`, `title-2`, `title-3`, …
    async fn create_dialogue(&self, dialogue: Dialogue) -> Result<Dialogue>;

    /// The dialogue with this id.
    async fn get_dialogue(&self, id: &DialogueId) -> Result<Option<Dialogue>>;

    /// Stores a dialogue that was read and changed; [`NotFound`](crate::Error::NotFound) where it was not
    /// read, and [`Conflict`](crate::Error::Conflict) where somebody
    /// else has changed it meanwhile.
    async fn update_dialogue(&self, dialogue: Dialogue) -> Result<Dialogue>;

    /// What a list shows of the dialogues with this status, or of all, the newest first.
    async fn list_dialogues(&self, status: Option<DialogueStatus>) -> Result<Vec<DialogueSummary>>;

    /// Adds an expert to a dialogue.
    async fn register_expert(&self, dialogue: &DialogueId, expert: Expert) -> Result<Expert>;

    /// Adds a round, and its score to the dialogue's, both or neither.
    async fn register_round(&self, dialogue: &DialogueId, round: Round) -> Result<Round>;

    /// Adds a perspective with the next number of its round, and its references, of up to 49 entities;
    /// all or nothing.
    async fn register_perspective(
        &self,
        dialogue: &DialogueId,
        perspective: Perspective,
    ) -> Result<Perspective>;

    /// As [`register_perspective`](Self::register_perspective).
    async fn register_recommendation(
        &self,
        dialogue: &DialogueId,
        recommendation: Recommendation,
    ) -> Result<Recommendation>;

    /// As [`register_perspective`](Self::register_perspective).
    async fn register_evidence(
        &self,
        dialogue: &DialogueId,
        evidence: Evidence,
    ) -> Result<Evidence>;

    /// As [`register_perspective`](Self::register_perspective).
    async fn register_claim(&self, dialogue: &DialogueId, claim: Claim) -> Result<Claim>;

    /// Adds an open tension with the next number of its round, and the event of its creation, both or
    /// neither.
    async fn register_tension(&self, dialogue: &DialogueId, tension: Tension) -> Result<Tension>;

    /// Changes a tension's status and appends the event that tells of it, both or neither; the event is
    /// returned as it is stored.
    ///
    /// Open goes to addressed and resolved, addressed to resolved, resolved to reopened, reopened to
    /// addressed and resolved; anything else is a [`Transition`](crate::Error::Transition).
    async fn update_tension_status(
        &self,
        dialogue: &DialogueId,
        tension: EntityId,
        status: TensionStatus,
        event: TensionEvent,
    ) -> Result<TensionEvent>;

    /// What happened to a tension, in order.
    async fn tension_events(
        &self,
        dialogue: &DialogueId,
        tension: EntityId,
    ) -> Result<Vec<TensionEvent>>;

    /// Adds a verdict. A final one marks the dialogue as converged, both or neither.
    async fn register_verdict(&self, dialogue: &DialogueId, verdict: Verdict) -> Result<Verdict>;

    /// Adds a move of an expert with the expert's next number in the round.
    async fn register_move(&self, dialogue: &DialogueId, step: Move) -> Result<Move>;

    /// Adds a reference between two entities that are stored; one that is there already is left.
    ///
    /// What the reference says must make sense: [`References`](crate::Error::References) lists
    /// everything that does not.
    async fn add_reference(&self, dialogue: &DialogueId, reference: Reference) -> Result<()>;

    /// The references to an entity: who refers to it, and how.
    async fn references_to(
        &self,
        dialogue: &DialogueId,
        target: EntityId,
    ) -> Result<Vec<Reference>>;

    /// Everything of a dialogue, by one query.
    async fn export_dialogue(&self, id: &DialogueId) -> Result<DialogueExport>;

    /// Stores an exported dialogue under its own id, with its own times and numbers.
    ///
    /// What no other call would have stored is refused before anything is. A dialogue may have more records
    /// than any transaction takes, so this is none: where it fails it removes what it stored. Where that
    /// fails too, or the program dies, [`delete_dialogue`](Self::delete_dialogue) does.
    async fn import_dialogue(&self, dialogue: DialogueExport) -> Result<DialogueId>;

    /// Removes everything of a dialogue; it is how many records. Repeated, it goes on where it stopped;
    /// until it has ended nobody adds to the dialogue, and nobody takes its id.
    /// Numbers that it gave are not given again, even if another dialogue takes its id.
    async fn delete_dialogue(&self, id: &DialogueId) -> Result<usize>;
}
