//! The tenant is set by an update: a record stays its owner's.
use keyloom::{OfTenant, Record, Scope, Table};

#[derive(Record)]
#[record(partition = "task#{id}")]
struct Task {
    #[record(tenant)]
    owner: String,
    id: u32,
}

#[derive(Table)]
#[table(name = "desk", tenant = String, records(Task))]
struct Desk;

fn update(desk: &Scope<Desk, OfTenant<String>>) {
    let _ = desk.update(Task::key(1)).set(Task::OWNER, "eve");
}

fn main() {}
