//! A dialogue as a file.

use serde::{Deserialize, Serialize};

use super::{
    Claim, Dialogue, DialogueItem, Evidence, Expert, Move, Perspective, Recommendation, Reference,
    Round, Tension, TensionEvent, Verdict,
};

/// Everything of a dialogue, as one JSON document.
///
/// The records stand in it as they are stored, in the order of their keys; the verdicts in the order in
/// which they were given. What belongs to the place and not to the dialogue is left out: the realm,
/// revisions, the numbers of events.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the list of the records of its name")]
pub struct DialogueExport {
    pub dialogue: Dialogue,
    pub experts: Vec<Expert>,
    pub rounds: Vec<Round>,
    pub perspectives: Vec<Perspective>,
    pub recommendations: Vec<Recommendation>,
    pub evidence: Vec<Evidence>,
    pub claims: Vec<Claim>,
    pub tensions: Vec<Tension>,
    pub tension_events: Vec<TensionEvent>,
    pub references: Vec<Reference>,
    pub verdicts: Vec<Verdict>,
    pub moves: Vec<Move>,
}

impl DialogueExport {
    /// Sorts the records of a partition into their lists; `None` where its dialogue is missing.
    pub(super) fn gather(items: Vec<DialogueItem>) -> Option<Self> {
        let mut lists = Self::default();
        let mut found = None;
        for item in items {
            match item {
                DialogueItem::Dialogue(dialogue) => found = Some(*dialogue),
                DialogueItem::Expert(expert) => lists.experts.push(expert),
                DialogueItem::Round(round) => lists.rounds.push(round),
                DialogueItem::Perspective(entry) => lists.perspectives.push(entry),
                DialogueItem::Recommendation(entry) => lists.recommendations.push(entry),
                DialogueItem::Evidence(entry) => lists.evidence.push(entry),
                DialogueItem::Claim(entry) => lists.claims.push(entry),
                DialogueItem::Tension(tension) => lists.tensions.push(tension),
                DialogueItem::TensionEvent(event) => lists.tension_events.push(event),
                DialogueItem::Reference(reference) => lists.references.push(reference),
                DialogueItem::Verdict(verdict) => lists.verdicts.push(*verdict),
                DialogueItem::Move(step) => lists.moves.push(step),
            }
        }
        lists.dialogue = found?;
        // Stable, so that verdicts of one moment stay in the order of their ids.
        lists.verdicts.sort_by_key(|verdict| verdict.created);
        Some(lists)
    }
}
