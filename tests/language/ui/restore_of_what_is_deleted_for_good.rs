//! Only a record whose deletes mark it can be restored.

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
    notes.restore(Note::key(1)).await?;
    Ok(())
}

fn main() {
    let _ = run();
}
