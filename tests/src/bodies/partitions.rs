//! Deletes of whole partitions, sweeps, and reads at one moment.

use std::time::Duration;

use futures_util::future::join;
use keyloom::{ErrorKind, Key};

use crate::Database;
use crate::check::{ok, refused};
use crate::domain::desk::{Desk, Notice};
use crate::domain::forum::{Counter, Event, Forum, Member, Paper, Remark, ShelfItem, Topic};
use crate::domain::lease::{Draft, Lease, Rental};
use crate::domain::{acme, clock, open, open_at, second};

/// Every record of the partition is removed, deleted softly before or not, and counted by type; its
/// unique values are free, its numbers stay given, and other partitions and tenants keep theirs.
pub(crate) async fn a_partition_is_deleted_whole(db: &dyn Database) {
    let store = open::<Forum>(db).await;
    let forum = store.tenant(&acme());
    let mut papers: Vec<Paper> = (0..620).map(|at| Paper::new(&format!("p{at}"))).collect();
    for outcome in ok(forum.insert_all(&mut papers).await) {
        ok(outcome);
    }
    ok(forum.delete(&papers[3]).await);
    ok(forum.insert(&mut Remark::new(1, "x")).await);
    ok(forum.stream(Event::stream("s", 1)).append(&mut Event::new(1, "made")).await);
    let mut elsewhere = Paper { shelf: "other".into(), ..Paper::new("q") };
    ok(forum.insert(&mut elsewhere).await);
    let theirs = store.tenant(&"other".into());
    let mut their = Paper { account: "other".into(), ..Paper::new("p1") };
    ok(theirs.insert(&mut their).await);

    let removed = ok(forum.delete_partition(ShelfItem::partition("s")).await);
    assert_eq!(removed.records, [("Event", 1), ("Paper", 620), ("Remark", 1)]);
    assert_eq!(removed.total(), 622);
    assert_eq!(ok(forum.query(ShelfItem::partition("s")).count().await), 0);
    assert_eq!(ok(forum.query(Paper::partition("s")).with_deleted().count().await), 0);
    assert_eq!(ok(forum.get(Paper::key("other", 1)).await), Some(elsewhere));
    assert_eq!(ok(theirs.get(Paper::key("s", 1)).await), Some(their));
    assert_eq!(ok(forum.delete_partition(ShelfItem::partition("s")).await).total(), 0);
    let mut again = Paper::new("p1");
    ok(forum.insert(&mut again).await);
    assert_eq!(again.number, 621);
    let mut event = Event::new(1, "again");
    let stream = forum.stream(Event::stream("s", 1));
    assert_eq!(ok(stream.append(&mut event).await), 2);
    assert_eq!(ok(stream.read_from(1).await), [event]);
}

/// A sweep removes what has expired, of every tenant and type, and nothing else.
pub(crate) async fn a_sweep_removes_what_has_expired(db: &dyn Database) {
    let clock = clock();
    let store = open_at::<Rental>(db, &clock).await;
    let (acme, other) = (store.tenant(&acme()), store.tenant(&"other".into()));
    let mut leases: Vec<Lease> =
        (0..1_300).map(|slot| Lease::new(slot, (slot % 2 == 0).then(|| second(10)))).collect();
    for outcome in ok(acme.insert_all(&mut leases).await) {
        ok(outcome);
    }
    let mut badge = Lease { badge: Some("b".into()), ..Lease::new(5_000, Some(second(10))) };
    ok(acme.insert(&mut badge).await);
    let mut theirs = Lease { account: "other".into(), ..Lease::new(1, Some(second(10))) };
    ok(other.insert(&mut theirs).await);
    ok(acme.save(&mut Draft::new("d", None, second(20))).await);
    assert!(ok(store.sweep_expired().await) == 0);
    clock.advance(Duration::from_secs(10));
    let live = async || ok(acme.query(Lease::partition("hall")).count().await);
    assert_eq!(live().await, 650);
    let swept = ok(store.sweep_expired().await);
    // An engine that removes expired records by itself has nothing to sweep.
    assert!(swept == 652 || swept == 0, "{swept}");
    assert_eq!(live().await, 650);
    assert_eq!(ok(store.sweep_expired().await), 0);
    assert_eq!(ok(acme.query(Draft::partition("hall")).count().await), 1);
    let mut again = Lease { badge: Some("b".into()), ..Lease::new(5_001, None) };
    ok(acme.insert(&mut again).await);
}

/// One answer for each key, of one type or of several, whether a record is stored or not.
pub(crate) async fn records_are_read_at_one_moment(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let mut topic = Topic { tags: ["a".to_owned()].into(), ..Topic::new(1) };
    ok(forum.insert(&mut topic).await);
    let mut counter = Counter::new("n", 4);
    ok(forum.save(&mut counter).await);
    let mut member = Member::new(3, "ann");
    ok(forum.insert(&mut member).await);
    let (found, none, tally, known) = ok(forum
        .get_atomic((
            Topic::key("f", 1),
            Topic::key("f", 2),
            Counter::key("f", "n"),
            Member::key(3),
        ))
        .await);
    assert_eq!((found, none), (Some(topic.clone()), None));
    assert_eq!((tally, known), (Some(counter), Some(member)));
    let many: Vec<Key<Topic>> = [3, 1, 2].map(|id| Topic::key("f", id)).into();
    assert_eq!(ok(forum.get_atomic(many).await), [None, Some(topic), None]);
    let none: Vec<Key<Topic>> = Vec::new();
    assert_eq!(ok(forum.get_atomic(none).await), []);
    let twice = forum.get_atomic([Topic::key("f", 1), Topic::key("f", 1)]).await;
    refused(twice, ErrorKind::InvalidKey);
    let many: Vec<Key<Topic>> = (0..101).map(|id| Topic::key("f", id)).collect();
    refused(forum.get_atomic(many).await, ErrorKind::Limit);
}

/// A reader at one moment sees all of a transaction or nothing of it.
pub(crate) async fn a_moment_never_shows_half_a_transaction(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    ok(forum.save(&mut Counter::new("a", 0)).await);
    ok(forum.save(&mut Counter::new("b", 0)).await);
    let keys = || (Counter::key("f", "a"), Counter::key("f", "b"));
    let moves = async {
        for _ in 0..20 {
            let commit = forum
                .transaction()
                .update(Counter::key("f", "a").patch().subtract(Counter::COUNT, 1))
                .update(Counter::key("f", "b").patch().add(Counter::COUNT, 1))
                .commit()
                .await;
            ok(commit);
        }
    };
    let looks = async {
        for _ in 0..20 {
            let (Some(a), Some(b)) = ok(forum.get_atomic(keys()).await) else {
                panic!("both are stored");
            };
            assert_eq!(a.count + b.count, 0);
        }
    };
    join(moves, looks).await;
    let (a, b) = ok(forum.get_atomic(keys()).await);
    assert_eq!((a.map(|a| a.count), b.map(|b| b.count)), (Some(-20), Some(20)));
}

/// Global records have transactions, updates and moments of their own.
pub(crate) async fn global_records_are_written_too(db: &dyn Database) {
    let desk = open::<Desk>(db).await.global();
    let (mut one, mut two) = (Notice::new("b", "1"), Notice::new("b", "2"));
    let commit = desk.transaction().insert(&mut one).insert(&mut two).idempotency_token("t");
    ok(commit.commit().await);
    let changed = ok(desk.update(Notice::key("b", "1")).set(Notice::COLOUR, "red").await);
    assert_eq!((changed.colour.as_deref(), changed.revision.get()), (Some("red"), 2));
    let found = ok(desk.get_atomic([Notice::key("b", "2"), Notice::key("b", "3")]).await);
    assert_eq!(found, [Some(two), None]);
}
