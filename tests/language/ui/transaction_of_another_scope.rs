//! A global record is written in a tenant's transaction: all writes of one are in one scope.
use keyloom::{OfTenant, Record, Scope, Table};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
}

#[derive(Table)]
#[table(name = "desk", tenant = String, records(Task))]
struct Desk;

fn save(desk: &Scope<Desk, OfTenant<String>>, task: &mut Task) {
    let _ = desk.transaction().save(task);
}

fn main() {}
