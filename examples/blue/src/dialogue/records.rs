//! The table of dialogues, and the dialogue itself.

use keyloom::{
    Collection, InScope, KeyPart, ListedIn, OfTenant, Record, Revision, Table, Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{
    Claim, Evidence, Expert, Move, Perspective, Recommendation, Reference, Round, Tension,
    TensionEvent, Verdict,
};
use crate::id::{DialogueId, Realm};

/// Every record of a dialogue.
#[derive(Table)]
#[table(name = "dialogues", tenant = Realm, records(
    Dialogue, Expert, Round, Perspective, Recommendation, Evidence, Claim, Tension, TensionEvent,
    Reference, Verdict, Move
))]
pub struct Dialogues;

/// One record of a dialogue's partition, which one query reads whole.
#[derive(Collection, Clone, Debug)]
#[expect(missing_docs, reason = "each is the record of its name")]
pub enum DialogueItem {
    Dialogue(Box<Dialogue>),
    Expert(Expert),
    Round(Round),
    Perspective(Perspective),
    Recommendation(Recommendation),
    Evidence(Evidence),
    Claim(Claim),
    Tension(Tension),
    TensionEvent(TensionEvent),
    Reference(Reference),
    Verdict(Box<Verdict>),
    Move(Move),
}

/// One of the records beside the dialogue's own, which is the last to be removed.
#[derive(Collection, Clone, Debug)]
#[expect(missing_docs, reason = "each is the record of its name")]
pub enum DialoguePart {
    Expert(Expert),
    Round(Round),
    Perspective(Perspective),
    Recommendation(Recommendation),
    Evidence(Evidence),
    Claim(Claim),
    Tension(Tension),
    TensionEvent(TensionEvent),
    Reference(Reference),
    Verdict(Box<Verdict>),
    Move(Move),
}

/// Where a dialogue stands.
#[derive(KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum DialogueStatus {
    #[default]
    Open,
    Converging,
    Converged,
    Abandoned,
}

/// A dialogue's metadata.
#[derive(Record, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
#[expect(clippy::duplicated_attributes, reason = "two indexes sort alike")]
#[record(
    partition = "dialogue#{id}",
    sort = "dialogue",
    index(by_status, partition = "dialogues#{status}", sort = "{created}"),
    index(newest, partition = "dialogues", sort = "{created}")
)]
pub struct Dialogue {
    /// Whose it is.
    #[serde(skip)]
    #[record(tenant)]
    pub realm: Realm,
    /// Its id.
    pub id: DialogueId,
    /// Its title.
    pub title: String,
    /// The question that it is to answer.
    pub question: Option<String>,
    /// Where it stands.
    pub status: DialogueStatus,
    /// When it began.
    pub created: Timestamp,
    /// When its final verdict was given.
    pub converged_at: Option<Timestamp>,
    /// How many rounds it had.
    pub total_rounds: u32,
    /// The sum of its rounds' scores.
    pub total_alignment: i64,
    /// Where its files are.
    pub output_dir: Option<String>,
    /// Whether its experts were calibrated.
    pub calibrated: bool,
    /// The field of knowledge that it belongs to.
    pub domain: String,
    /// The spirit in which it is led.
    pub ethos: String,
    /// Whatever its experts should know before.
    pub background: Option<serde_json::Value>,
    /// Since when it is being deleted: it keeps its id until all that belongs to it is gone.
    #[serde(skip)]
    #[record(deleted)]
    pub deleted: Option<Timestamp>,
    /// Moves with each write.
    #[serde(skip)]
    #[record(revision)]
    pub revision: Revision,
}

/// What a list shows of a dialogue.
#[derive(Serialize, Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "they are the fields of `Dialogue`")]
pub struct DialogueSummary {
    pub id: DialogueId,
    pub title: String,
    pub status: DialogueStatus,
    pub created: Timestamp,
    pub converged_at: Option<Timestamp>,
    pub total_rounds: u32,
    pub total_alignment: i64,
}

impl From<Dialogue> for DialogueSummary {
    fn from(dialogue: Dialogue) -> Self {
        Self {
            id: dialogue.id,
            title: dialogue.title,
            status: dialogue.status,
            created: dialogue.created,
            converged_at: dialogue.converged_at,
            total_rounds: dialogue.total_rounds,
            total_alignment: dialogue.total_alignment,
        }
    }
}

/// A record that belongs to a dialogue.
pub(super) trait Part: Record + InScope<OfTenant<Realm>> + ListedIn<Dialogues> {
    /// Puts it into a realm's dialogue.
    fn place(&mut self, realm: &Realm, dialogue: &DialogueId);
}

macro_rules! parts {
    ($($part:ident)*) => {$(
        impl Part for $part {
            fn place(&mut self, realm: &Realm, dialogue: &DialogueId) {
                (self.realm, self.dialogue) = (realm.clone(), dialogue.clone());
            }
        }
    )*};
}

parts! {
    Expert Round Perspective Recommendation Evidence Claim Tension TensionEvent Reference Verdict
    Move
}
