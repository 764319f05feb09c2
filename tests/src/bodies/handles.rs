//! Several handles on one database.

use std::sync::Arc;

use futures_util::future::join_all;
use keyloom::{Clock, ErrorKind, Revision, Table as _};

use crate::Database;
use crate::check::{board, conflict, ok, refused};
use crate::domain::desk::{BoardItem, Desk, Person, Status, Ticket};
use crate::domain::{acme, clock, open, open_at, second};
use crate::ways::assert_query;

/// What one handle writes, the others read at once.
pub(crate) async fn handles_see_each_others_writes(db: &dyn Database) {
    let first = open::<Desk>(db).await.tenant(&acme());
    let second = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    for round in 0..20 {
        let (writer, reader) = if round % 2 == 0 { (&first, &second) } else { (&second, &first) };
        ticket.title = format!("round {round}");
        ok(writer.save(&mut ticket).await);
        assert_eq!(ok(reader.get(Ticket::key("b", 1)).await), Some(ticket.clone()));
        assert_eq!(board(reader, "b").await, [BoardItem::Ticket(Box::new(ticket.clone()))]);
        assert_query(db, &[ticket.clone()], || reader.query(Ticket::by_status(Status::Open))).await;
    }
    ok(first.delete(&ticket).await);
    assert_eq!(ok(second.get(Ticket::key("b", 1)).await), None);
}

/// A store and its scopes tell the time of its clock, which other stores may share.
pub(crate) async fn a_store_tells_its_time(db: &dyn Database) {
    let manual = clock();
    let shared: Arc<dyn Clock> = Arc::new(manual.clone());
    let stores =
        [ok(Desk::open(db.engine()).clock(Arc::clone(&shared)).await), open_at(db, &manual).await];
    for at in [0, 90] {
        manual.set(second(at));
        for store in &stores {
            assert_eq!((store.now(), store.tenant(&acme()).now()), (second(at), second(at)));
        }
    }
}

/// A conflict is one whichever handle wrote first.
pub(crate) async fn handles_conflict_with_each_other(db: &dyn Database) {
    let first = open::<Desk>(db).await.tenant(&acme());
    let second = open::<Desk>(db).await.tenant(&acme());
    let mut mine = Ticket::new("b", 1);
    ok(first.insert(&mut mine).await);
    let mut theirs = mine.clone();
    ok(second.save(&mut theirs).await);
    let error = refused(first.save(&mut mine).await, ErrorKind::Conflict);
    assert_eq!(conflict::<Ticket>(&error), (1, 2, &theirs));
    refused(second.insert(&mut Ticket::new("b", 1)).await, ErrorKind::AlreadyExists);
    ok(first.insert(&mut Person::new(1, "a@x")).await);
    refused(second.insert(&mut Person::new(2, "a@x")).await, ErrorKind::UniqueViolation);
}

/// What was acknowledged is there after all handles are gone.
pub(crate) async fn a_new_handle_finds_what_was_stored(db: &dyn Database) {
    let mut ticket = Ticket::new("b", 1);
    for round in 1..=3 {
        let desk = open::<Desk>(db).await.tenant(&acme());
        assert_eq!(ok(desk.get(Ticket::key("b", 1)).await), (round > 1).then(|| ticket.clone()));
        ok(desk.save(&mut ticket).await);
        assert_eq!(ticket.revision, Revision::new(round));
    }
}

/// Scopes and stores are cheap to clone, and a clone reaches the same records.
pub(crate) async fn clones_share_their_data(db: &dyn Database) {
    let store = open::<Desk>(db).await;
    let desk = store.tenant(&acme());
    let copies = [desk.clone(), store.clone().tenant(&acme()), desk.clone()];
    drop(store);
    for (id, copy) in (0..).zip(&copies) {
        ok(copy.insert(&mut Ticket::new("b", id)).await);
    }
    drop(desk);
    assert_eq!(ok(copies[1].query(Ticket::partition("b")).count().await), 3);
}

/// Of many inserts of one key at once, on several handles, exactly one wins; all others are told by
/// whom they lost.
pub(crate) async fn one_of_many_inserts_wins(db: &dyn Database) {
    let mut handles = Vec::new();
    for _ in 0..3 {
        handles.push(open::<Desk>(db).await.tenant(&acme()));
    }
    let attempts = (0..50).map(|at| {
        let desk = &handles[at % handles.len()];
        async move {
            let mut ticket = Ticket::new("b", 1).titled(&format!("attempt {at}"));
            let outcome = desk.insert(&mut ticket).await;
            (ticket, outcome)
        }
    });
    let outcomes = join_all(attempts).await;
    let stored = ok(handles[0].get(Ticket::key("b", 1)).await).expect("one insert won");
    let mut won = 0;
    for (ticket, outcome) in outcomes {
        match outcome {
            Ok(()) => {
                won += 1;
                assert_eq!(ticket, stored);
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::AlreadyExists);
                assert_eq!(conflict::<Ticket>(&error), (0, 1, &stored));
                assert!(ticket.revision.is_new());
            }
        }
    }
    assert_eq!(won, 1);
}

/// Saves of many records at once all succeed, in one task as in many.
pub(crate) async fn many_writes_at_once_all_succeed(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let writes = (0..100).map(|id| {
        let desk = &desk;
        async move {
            let mut ticket = Ticket::new("b", id);
            ok(desk.insert(&mut ticket).await);
            ok(desk.save(&mut ticket).await);
            ticket
        }
    });
    let tickets = join_all(writes).await;
    assert_eq!(ok(desk.query(Ticket::partition("b")).all().await), tickets);
}

/// Compare-and-set loops on one record lose no update.
pub(crate) async fn no_update_is_lost(db: &dyn Database) {
    let first = open::<Desk>(db).await.tenant(&acme());
    let second = open::<Desk>(db).await.tenant(&acme());
    ok(first.insert(&mut Ticket::new("b", 1)).await);
    let increments = (0..8).map(|task| {
        let desk = if task % 2 == 0 { &first } else { &second };
        async move {
            for _ in 0..10 {
                let mut ticket =
                    ok(desk.get(Ticket::key("b", 1)).await).expect("the ticket is stored");
                loop {
                    ticket.priority += 1;
                    match desk.save(&mut ticket).await {
                        Ok(()) => break,
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
                            let conflict = ok(error.into_conflict::<Ticket>());
                            ticket = ok(conflict.stored);
                        }
                    }
                }
            }
        }
    });
    join_all(increments).await;
    let ticket = ok(first.get(Ticket::key("b", 1)).await).expect("the ticket is stored");
    assert_eq!((ticket.priority, ticket.revision), (80, Revision::new(81)));
}
