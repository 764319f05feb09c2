//! Reads by key, and read scopes.

use keyloom::{ErrorKind, Revision};

use crate::check::{ok, refused};
use crate::domain::atlas::{Atlas, Only};
use crate::domain::desk::{BoardItem, Desk, Note, Ticket};
use crate::domain::{acme, open};
use crate::{Database, eventually};

/// A key that was never stored is `None`, in an empty table and beside stored neighbours.
pub(crate) async fn a_missing_record_is_none(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    assert_eq!(ok(desk.get(Ticket::key("b", 5)).await), None);
    for id in [0, 4, 6, 55, 500, u32::MAX] {
        ok(desk.insert(&mut Ticket::new("b", id)).await);
    }
    ok(desk.insert(&mut Ticket::new("", 5)).await);
    ok(desk.insert(&mut Ticket::new("bb", 5)).await);
    assert_eq!(ok(desk.get(Ticket::key("b", 5)).await), None);
    assert!(ok(desk.get(Ticket::key("", 5)).await).is_some());
    assert_eq!(ok(desk.get(Note::key("b", "5")).await), None);
}

/// Keys are taken as values, references and `&str` alike.
pub(crate) async fn a_key_takes_values_and_references(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 5);
    ok(desk.insert(&mut ticket).await);
    let (name, id) = ("b".to_owned(), 5_u32);
    assert!(ok(desk.get(Ticket::key(&name, id)).await).is_some());
    assert!(ok(desk.get(Ticket::key(name, id)).await).is_some());
    let key = Ticket::key("b", 5);
    assert_eq!(ok(desk.get(key.clone()).await), ok(desk.get(key).await));
}

/// One answer for each key, in the order of the keys; a key asked twice is answered twice.
pub(crate) async fn many_gets_answer_in_the_order_of_the_keys(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    for id in 0..10 {
        ok(desk.insert(&mut Ticket::new("b", id)).await);
    }
    let asked = [7, 3, 99, 3, 0, 9, 100, 3];
    let found = ok(desk.get_many(asked.map(|id| Ticket::key("b", id))).await);
    let ids: Vec<_> = found.iter().map(|found| found.as_ref().map(|ticket| ticket.id)).collect();
    let expected = [Some(7), Some(3), None, Some(3), Some(0), Some(9), None, Some(3)];
    assert_eq!(ids, expected);
    assert_eq!(found[1], found[3]);
    assert_eq!(found[1], ok(desk.get(Ticket::key("b", 3)).await));

    assert_eq!(ok(desk.get_many::<Ticket>([]).await), []);
    assert_eq!(ok(desk.get_many([Note::key("b", "3")]).await), [None]);
}

/// More keys than any engine takes in one request.
pub(crate) async fn many_gets_of_many_keys(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut tickets: Vec<_> = (0..120).map(|id| Ticket::new("b", id * 2)).collect();
    for outcome in ok(desk.insert_all(&mut tickets).await) {
        ok(outcome);
    }
    let found = ok(desk.get_many((0..250).rev().map(|id| Ticket::key("b", id))).await);
    assert_eq!(found.len(), 250);
    for (found, id) in found.into_iter().zip((0..250_u32).rev()) {
        let expected = (id < 240 && id % 2 == 0).then(|| tickets[id as usize / 2].clone());
        assert_eq!(found, expected, "{id}");
    }
}

/// One bad key fails the whole request.
pub(crate) async fn many_gets_refuse_a_bad_key(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    ok(desk.insert(&mut Ticket::new("b", 1)).await);
    let long = "x".repeat(3_000);
    let keys = [Ticket::key("b", 1), Ticket::key(long.as_str(), 1)];
    let error = refused(desk.get_many(keys).await, ErrorKind::InvalidKey);
    assert_eq!(error.field(), Some("board"));
}

/// A record whose key has no placeholder is there once for each tenant.
pub(crate) async fn a_record_alone_in_its_place(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    assert_eq!(ok(atlas.get(Only::key()).await), None);
    let mut only = Only { account: acme(), motto: "one".to_owned() };
    ok(atlas.insert(&mut only).await);
    only.motto = "two".into();
    ok(atlas.save(&mut only).await);
    assert_eq!(ok(atlas.get(Only::key()).await), Some(only.clone()));
    assert_eq!(ok(atlas.query(Only::partition()).all().await), [only]);
    assert!(ok(atlas.delete(Only::key()).await));
    assert_eq!(ok(atlas.query(Only::partition()).count().await), 0);
}

/// A read scope sees what was acknowledged before it was opened, by every kind of read.
pub(crate) async fn a_read_scope_sees_what_was_written_before(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ok(desk.insert(&mut ticket).await);
    for round in 0..20 {
        ticket.title = format!("round {round}");
        ok(desk.save(&mut ticket).await);
        let reads = ok(desk.read_scope().await);
        assert_eq!(ok(reads.get(Ticket::key("b", 1)).await), Some(ticket.clone()));
        let many = ok(reads.get_many([Ticket::key("b", 2), Ticket::key("b", 1)]).await);
        assert_eq!(many, [None, Some(ticket.clone())]);
        let query = || reads.query(Ticket::partition("b"));
        assert_eq!(ok(query().all().await), [ticket.clone()]);
        assert_eq!(ok(query().newest_first().count().await), 1);
        assert_eq!(ok(query().limit(1).page(None).await).items, [ticket.clone()]);
        let items = ok(reads.query(BoardItem::partition("b")).all().await);
        assert_eq!(items, [BoardItem::Ticket(Box::new(ticket.clone()))]);
    }
}

/// Writes go on while read scopes are open, and several may be open at once.
pub(crate) async fn read_scopes_do_not_stop_writes(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ok(desk.insert(&mut ticket).await);
    let mut scopes = Vec::new();
    for revision in 2..12 {
        let reads = ok(desk.read_scope().await);
        ok(desk.save(&mut ticket).await);
        assert_eq!(ticket.revision, Revision::new(revision));
        let seen = ok(reads.get(Ticket::key("b", 1)).await).expect("the ticket is stored");
        assert!(seen.revision.get() >= revision - 1);
        scopes.push((revision, reads));
    }
    for (revision, reads) in &scopes {
        let seen = ok(reads.get(Ticket::key("b", 1)).await).expect("the ticket is stored");
        assert!(seen.revision.get() >= revision - 1);
    }
    drop(scopes);
    assert_eq!(ok(desk.get(Ticket::key("b", 1)).await), Some(ticket));
}

/// A read that may lag behind finds in the end what was written, by key, by many keys and by query.
pub(crate) async fn reads_may_be_eventually_consistent(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ok(desk.save(&mut ticket).await);
    let key = || Ticket::key("b", 1);
    eventually(
        db,
        (Some(ticket.clone()), vec![Some(ticket.clone()), None], vec![ticket]),
        async || {
            (
                ok(desk.get(key()).eventually_consistent().await),
                ok(desk.get_many([key(), Ticket::key("b", 2)]).eventually_consistent().await),
                ok(desk.query(Ticket::partition("b")).eventually_consistent().all().await),
            )
        },
    )
    .await;
}
