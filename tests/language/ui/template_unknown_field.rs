//! A misspelt field in a template is rejected, and the right one suggested.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "dialogue#{dialoge}", sort = "{id}")]
struct Tension {
    dialogue: String,
    id: u32,
}

fn main() {
    let _ = Tension::key("d1", 7);
}
