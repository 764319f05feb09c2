//! The quickstart: `cargo run -p keyloom-examples --example quickstart [-- --engine sqlite]`.
//!
//! It saves records of two tenants into an SQLite file, resolves a conflict, and reads back by key, by
//! index and as a collection. Everything it does is printed.

mod engine;

use keyloom::{Clock, Collection, KeyPart, ManualClock, Record, Revision, Table, Timestamp};
use std::time::Duration;

/// A typed id: a project cannot be mistaken for a dialogue.
#[derive(KeyPart, Clone, Debug, PartialEq)]
struct ProjectId(String);

/// A unit enum stands in a key as its name.
#[derive(KeyPart, Clone, Copy, Debug, PartialEq)]
#[key_part(rename_all = "snake_case")]
enum Status {
    Open,
    Addressed,
    Resolved,
}

/// The dialogue itself: the one record of its kind in its partition.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "dialogue#{id}")]
struct Dialogue {
    #[record(tenant)]
    project: ProjectId,
    id: String,
    title: String,
}

/// A tension of a dialogue, found by its number or through its status.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "dialogue#{dialogue}",
    sort = "tension#{id}",
    index(by_status, partition = "tensions#{status}", sort = "{updated}")
)]
struct Tension {
    #[record(tenant)]
    project: ProjectId,
    dialogue: String,
    id: u32,
    status: Status,
    title: String,
    labels: Vec<String>,
    #[record(revision)]
    revision: Revision,
    #[record(created)]
    created: Timestamp,
    #[record(updated)]
    updated: Timestamp,
}

/// Every record that shares one database.
#[derive(Table)]
#[table(name = "blue", tenant = ProjectId, records(Dialogue, Tension))]
struct Blue;

/// The records of one dialogue, read by one query.
#[derive(Collection, Debug)]
enum DialogueItem {
    Dialogue(Dialogue),
    Tension(Tension),
}

fn tension(project: &ProjectId, dialogue: &str, id: u32, title: &str) -> Tension {
    Tension {
        project: project.clone(),
        dialogue: dialogue.to_owned(),
        id,
        status: Status::Open,
        title: title.to_owned(),
        labels: vec!["quickstart".to_owned()],
        revision: Revision::default(), // these three are keyloom's to set
        created: Timestamp::default(),
        updated: Timestamp::default(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = tempfile::tempdir()?.keep().join("blue.db");

    println!("1. The schema, known before anything is opened:\n\n{}", Blue::sqlite_ddl());

    println!("2. Open: adds what is missing, refuses what does not fit");
    let clock = ManualClock::new(Timestamp::now()); // so that the example can move the time
    let store = Blue::open(engine::chosen(&path)?).clock(clock.clone()).await?;

    println!("\n3. Save for two tenants that look alike, under ids that would break a format!");
    let (plain, hash) = (ProjectId::from("acme"), ProjectId::from("acme#dialogue"));
    let (acme, other) = (store.tenant(&plain), store.tenant(&hash));
    let dialogue = &format!("d#1 – Zoë's 🧵 {}", clock.now()); // another one at each run
    for (scope, project) in [(&acme, &plain), (&other, &hash)] {
        let (id, title) = (dialogue.clone(), format!("A talk of {project:?}"));
        scope.save(&mut Dialogue { project: project.clone(), id, title }).await?;
        for id in [1, 2, 10] {
            clock.advance(Duration::from_mins(1));
            scope.save(&mut tension(project, dialogue, id, "Too many meetings")).await?;
        }
    }
    let of_other = other.query(Tension::partition(dialogue)).count().await?;
    println!("   each tenant has its own: {of_other} tensions of {hash:?}");

    println!("\n4. Get by key, then let two writers change the same record");
    let mut mine = acme.get(Tension::key(dialogue, 10)).await?.ok_or("not stored")?;
    let mut theirs = mine.clone();
    theirs.status = Status::Addressed;
    acme.save(&mut theirs).await?;
    mine.title.push_str(", too few notes");
    let Err(error) = acme.save(&mut mine).await else {
        return Err("the second writer must not win".into());
    };
    println!("   {error}");
    let mut stored = error.into_conflict::<Tension>()?.stored?;
    stored.title = mine.title; // merge: their status, my title
    clock.advance(Duration::from_mins(1));
    acme.save(&mut stored).await?;
    println!("   merged: {}, {:?}, {:?}", stored.revision, stored.status, stored.title);

    println!("\n5. A range on an index: what was open in the last six minutes, the newest first");
    let since = clock.now().saturating_sub(Duration::from_mins(6));
    let recent = acme
        .query(Tension::by_status(Status::Open).updated(since..))
        .newest_first()
        .filter(Tension::LABELS.contains("quickstart"))
        .all()
        .await?;
    for open in recent {
        println!("   #{} of {}: {}", open.id, open.updated, open.title);
    }
    println!("\n6. A page, and the next one behind its cursor; 2 comes before 10");
    let page = acme.query(Tension::partition(dialogue)).limit(2).page(None).await?;
    let rest = acme.query(Tension::partition(dialogue)).page(page.cursor.as_ref()).await?;
    let ids = |items: &[Tension]| items.iter().map(|tension| tension.id).collect::<Vec<_>>();
    println!("   {:?}, then {:?}", ids(&page.items), ids(&rest.items));

    println!("\n7. A collection: the whole dialogue by one query, in key order");
    for item in acme.query(DialogueItem::partition(dialogue)).all().await? {
        match item {
            DialogueItem::Dialogue(dialogue) => println!("   dialogue {:?}", dialogue.title),
            DialogueItem::Tension(tension) => println!("   tension  #{}", tension.id),
        }
    }
    Ok(())
}
