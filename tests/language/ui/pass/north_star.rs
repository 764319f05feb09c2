//! The program of the README: two typed keys, three records, a table, a collection, and their use.
#![deny(warnings)]
#![allow(missing_docs)]

use keyloom::{Collection, KeyPart, Record, Revision, Table, Timestamp, memory::Memory};

#[derive(KeyPart, Clone, Debug, PartialEq)]
pub struct ProjectId(String);

#[derive(KeyPart, Clone, Debug, PartialEq)]
pub enum Status {
    Open,
    Addressed,
    Resolved,
}

#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "dialogue#{id}")]
pub struct Dialogue {
    #[record(tenant)]
    pub project: ProjectId,
    pub id: String,
    #[record(revision)]
    pub revision: Revision,
}

#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "dialogue#{dialogue}",
    sort = "tension#{id}",
    index(by_status, partition = "tensions#{status}", sort = "{updated}")
)]
pub struct Tension {
    #[record(tenant)]
    pub project: ProjectId,
    pub dialogue: String,
    pub id: u32,
    pub status: Status,
    pub title: String,
    pub labels: Vec<String>,
    #[record(revision)]
    pub revision: Revision,
    #[record(created)]
    pub created: Timestamp,
    #[record(updated)]
    pub updated: Timestamp,
}

#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "dialogue#{dialogue}", sort = "perspective#{tension}#{id}")]
pub struct Perspective {
    #[record(tenant)]
    pub project: ProjectId,
    pub dialogue: String,
    pub tension: u32,
    pub id: u32,
    pub text: String,
}

#[derive(Table)]
#[table(name = "blue", tenant = ProjectId, records(Dialogue, Tension, Perspective))]
pub struct Blue;

#[derive(Collection)]
pub enum DialogueItem {
    Dialogue(Dialogue),
    Tension(Tension),
    Perspective(Perspective),
}

async fn program(mut tension: Tension, since: Timestamp) -> keyloom::Result<()> {
    let store = Blue::open(Memory::new()).await?;
    let acme = store.tenant(&ProjectId::from("acme"));

    acme.save(&mut tension).await?;
    let t: Option<Tension> = acme.get(Tension::key("d1", 7)).await?;
    let open: Vec<Tension> = acme
        .query(Tension::by_status(Status::Open).updated(since..))
        .newest_first()
        .limit(20)
        .all()
        .await?;
    let whole: Vec<DialogueItem> = acme.query(DialogueItem::partition("d1")).all().await?;
    let urgent: Vec<Tension> = acme
        .query(Tension::partition("d1").id(3..=9))
        .filter(Tension::LABELS.contains("urgent").and(Tension::STATUS.ne(Status::Resolved)))
        .all()
        .await?;
    let renamed: Tension = acme
        .update(Tension::key("d1", 7))
        .set(Tension::TITLE, "New")
        .append(Tension::LABELS, ["urgent"])
        .when(Tension::STATUS.eq(Status::Open))
        .if_revision(tension.revision)
        .await?;
    let mut perspective = Perspective {
        project: ProjectId::from("acme"),
        dialogue: "d1".into(),
        tension: 7,
        id: 1,
        text: String::new(),
    };
    let commit = acme
        .transaction()
        .update(Tension::key("d1", 7).patch().set(Tension::STATUS, Status::Addressed))
        .insert(&mut perspective)
        .commit()
        .await?;
    acme.delete(&renamed).await?;
    let _ = commit;
    let _ = (t, open, whole, urgent);
    Ok(())
}

#[test]
fn compiles() {
    let _ = program;
    assert_eq!(Blue::schema().listed().len(), 3);
}
