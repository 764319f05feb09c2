//! Only a record with a sequence is given a number before it is stored.

use keyloom::{Record, Revision, Table, memory::Memory};

#[derive(Record)]
#[record(global, partition = "notes", sort = "{id}")]
struct Note {
    id: u32,
    #[record(revision)]
    revision: Revision,
}

#[derive(Table)]
#[table(name = "notes", records(Note))]
struct Notes;

async fn run() -> keyloom::Result<()> {
    let notes = Notes::open(Memory::new()).await?.global();
    let mut note = Note { id: 1, revision: Revision::default() };
    notes.assign_number(&mut note).await?;
    Ok(())
}

fn main() {
    let _ = run();
}
