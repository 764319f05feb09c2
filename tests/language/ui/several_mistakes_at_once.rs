//! Every mistake of one struct is reported in one build, each on its own token.
use std::collections::BTreeMap;

use keyloom::{KeyPart, Record, Revision, Timestamp};

#[derive(KeyPart)]
struct ProjectId(String);

#[derive(Record)]
#[record(
    partition = "dialogue#{dialoge}",
    sort = "tension##{id}",
    index(by_status, partition = "status#{status}", sorted = "{updated}"),
    index(by_status, partition = "{title}"),
    uniqe
)]
struct Tension {
    #[record(tennant)]
    project: ProjectId,
    dialogue: String,
    id: u32,
    #[record(rename = "_status")]
    status: String,
    #[record(default)]
    title: Option<String>,
    scores: BTreeMap<String, f64>,
    #[record(revision = 1)]
    revision: Revision,
    #[record(created, updated)]
    updated: Timestamp,
}

fn main() {
    let _ = Tension::key("d1", 7);
    let _ = Tension::TITLE;
}
