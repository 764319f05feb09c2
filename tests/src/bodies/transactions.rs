//! Transactions: all or nothing.

use std::time::Duration;

use keyloom::{Commit, ErrorKind, Revision};

use crate::Database;
use crate::check::{Tenant, conflict, ok, refused};
use crate::domain::forum::{Counter, Event, Forum, Member, Paper, ShelfItem, Topic};
use crate::domain::{acme, clock, open, open_at, second};

async fn all(forum: &Tenant<Forum>) -> (Vec<Topic>, Vec<Counter>, Vec<Member>) {
    (
        ok(forum.query(Topic::partition("f")).all().await),
        ok(forum.query(Counter::partition("f")).all().await),
        ok(forum.query(Member::partition()).all().await),
    )
}

/// Every operation is applied, and the callers' structs move as with single writes.
pub(crate) async fn every_operation_is_applied(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    let mut saved = Topic::new(1);
    ok(forum.insert(&mut saved).await);
    let mut gone = Topic::new(2);
    ok(forum.insert(&mut gone).await);
    ok(forum.save(&mut Counter::new("n", 1)).await);
    ok(forum.save(&mut Counter::new("guard", 7)).await);
    clock.advance(Duration::from_secs(1));
    saved.title = "saved".into();
    let (mut new, mut upserted) = (Topic::new(3), Counter::new("new", 5));
    let commit = forum
        .transaction()
        .insert(&mut new)
        .save(&mut saved)
        .save(&mut upserted)
        .update(Counter::key("f", "n").patch().add(Counter::COUNT, 2))
        .delete(&gone)
        .delete(Counter::key("f", "missing"))
        .check(Counter::key("f", "guard"), Counter::COUNT.eq(7_i64))
        .check_absent(Topic::key("f", 9))
        .commit()
        .await;
    assert_eq!(ok(commit), Commit::Applied);
    assert_eq!((new.revision.get(), new.created, new.updated), (1, second(1), second(1)));
    assert_eq!((saved.revision.get(), saved.created, saved.updated), (2, second(0), second(1)));
    let (topics, counters, _) = all(&forum).await;
    assert_eq!(topics, [saved, new]);
    let counts: Vec<i64> = counters.iter().map(|counter| counter.count).collect();
    assert_eq!(counts, [7, 3, 5]);
}

/// A transaction without operations is nothing to do.
pub(crate) async fn an_empty_transaction_is_committed(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    assert_eq!(ok(forum.transaction().idempotency_token("x").commit().await), Commit::Applied);
}

/// Each kind of refusal names its operation and carries what it would alone; nothing is written and no
/// struct moves, whichever place it stands in.
pub(crate) async fn a_refusal_names_its_operation(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let mut stored = Topic::new(1);
    ok(forum.insert(&mut stored).await);
    let mut taken = Member::new(1, "ann");
    ok(forum.insert(&mut taken).await);
    let before = all(&forum).await;
    let (mut first, mut last) = (Counter::new("first", 1), Topic::new(8));
    let unmoved = (first.clone(), last.clone());

    let mut there = Topic::new(1);
    let failed = forum.transaction().save(&mut first).insert(&mut there).insert(&mut last);
    let error = refused(failed.commit().await, ErrorKind::AlreadyExists);
    assert_eq!((error.position(), error.record()), (Some(1), Some("Topic")));
    assert_eq!(conflict::<Topic>(&error), (0, 1, &stored));
    assert_eq!(there, Topic::new(1));

    let mut stale = Topic { revision: Revision::new(4), ..stored.clone() };
    let failed = forum.transaction().save(&mut stale).insert(&mut last).save(&mut first);
    let error = refused(failed.commit().await, ErrorKind::Conflict);
    assert_eq!((error.position(), conflict::<Topic>(&error)), (Some(0), (4, 1, &stored)));

    let failed = forum
        .transaction()
        .insert(&mut last)
        .save(&mut first)
        .update(Topic::key("f", 7).patch().add(Topic::READS, 1));
    let error = refused(failed.commit().await, ErrorKind::NotFound);
    assert_eq!(error.position(), Some(2));

    let failed = forum
        .transaction()
        .insert(&mut last)
        .update(Topic::key("f", 1).patch().add(Topic::READS, 1).when(Topic::READS.eq(9_u32)));
    let error = refused(failed.commit().await, ErrorKind::ConditionFailed);
    assert_eq!((error.position(), conflict::<Topic>(&error).2), (Some(1), &stored));

    let failed = forum
        .transaction()
        .insert(&mut last)
        .update(Topic::key("f", 1).patch().subtract(Topic::SMALL, 127).add(Topic::RANK, i32::MAX))
        .save(&mut first);
    ok(forum.update(Topic::key("f", 1)).subtract(Topic::SMALL, 100).await);
    let error = refused(failed.commit().await, ErrorKind::InvalidValue);
    assert_eq!((error.position(), error.field()), (Some(1), Some("small")));
    ok(forum.update(Topic::key("f", 1)).add(Topic::SMALL, 100).await);

    let mut twin = Member::new(2, "ann");
    let failed = forum.transaction().save(&mut first).insert(&mut last).insert(&mut twin);
    let error = refused(failed.commit().await, ErrorKind::UniqueViolation);
    assert_eq!((error.position(), error.constraint()), (Some(2), Some("email")));

    let failed =
        forum.transaction().insert(&mut last).check(Topic::key("f", 1), Topic::READS.gt(3_u32));
    assert_eq!(refused(failed.commit().await, ErrorKind::ConditionFailed).position(), Some(1));
    let failed = forum.transaction().check_exists(Topic::key("f", 7)).insert(&mut last);
    assert_eq!(refused(failed.commit().await, ErrorKind::NotFound).position(), Some(0));
    let failed = forum.transaction().insert(&mut last).check_absent(Topic::key("f", 1));
    assert_eq!(refused(failed.commit().await, ErrorKind::AlreadyExists).position(), Some(1));
    let failed =
        forum.transaction().insert(&mut last).check_revision(Topic::key("f", 1), Revision::new(1));
    assert_eq!(refused(failed.commit().await, ErrorKind::Conflict).position(), Some(1));
    let failed = forum
        .transaction()
        .insert(&mut last)
        .delete_when(Topic::key("f", 1), Topic::READS.eq(5_u32));
    assert_eq!(refused(failed.commit().await, ErrorKind::ConditionFailed).position(), Some(1));
    let failed = forum.transaction().insert(&mut last).delete(&stored);
    assert_eq!(refused(failed.commit().await, ErrorKind::Conflict).position(), Some(1));

    assert_eq!((first, last), unmoved);
    let (topics, counters, members) = all(&forum).await;
    assert_eq!((counters, members), (before.1, before.2));
    assert_eq!(topics.len(), 1);
    assert_eq!(
        Topic { revision: Revision::new(1), updated: stored.updated, ..topics[0].clone() },
        stored
    );
}

/// Of several operations that cannot be applied the first is named.
pub(crate) async fn the_first_refusal_is_named(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    ok(forum.insert(&mut Topic::new(1)).await);
    ok(forum.insert(&mut Member::new(1, "ann")).await);
    let (mut new, mut twin, mut there) = (Topic::new(5), Member::new(2, "ann"), Topic::new(1));
    let failed = forum
        .transaction()
        .insert(&mut new)
        .insert(&mut twin)
        .delete(Member::key(9))
        .insert(&mut there)
        .check_exists(Topic::key("f", 7))
        .commit()
        .await;
    assert_eq!(refused(failed, ErrorKind::UniqueViolation).position(), Some(1));
    let failed = forum
        .transaction()
        .check_exists(Topic::key("f", 7))
        .insert(&mut there)
        .insert(&mut twin)
        .commit()
        .await;
    assert_eq!(refused(failed, ErrorKind::NotFound).position(), Some(0));
}

/// A record that is written and one that is only checked stand in a transaction once.
pub(crate) async fn a_record_stands_in_a_transaction_once(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let (mut one, mut other) = (Counter::new("n", 1), Counter::new("n", 2));
    let twice = forum.transaction().save(&mut one).save(&mut other).commit().await;
    assert_eq!(refused(twice, ErrorKind::InvalidKey).record(), Some("Counter"));
    let checked = forum.transaction().save(&mut one).check_absent(Counter::key("f", "n"));
    refused(checked.commit().await, ErrorKind::InvalidKey);
    let (mut ann, mut twin) = (Member::new(1, "ann"), Member::new(2, "ann"));
    let twins = forum.transaction().insert(&mut ann).insert(&mut twin).commit().await;
    assert_eq!(refused(twins, ErrorKind::InvalidKey).record(), Some("Member"));
    assert_eq!(all(&forum).await, (vec![], vec![], vec![]));

    // Also where only the stored record says which value a write gives free.
    ok(forum.insert(&mut ann).await);
    let moved = forum.transaction().delete(Member::key(1)).insert(&mut twin).commit().await;
    refused(moved, ErrorKind::InvalidKey);
    assert_eq!(all(&forum).await.2, [ann]);
}

/// A hundred items are the most, and a unique value is an item of its own.
pub(crate) async fn a_transaction_has_a_hundred_items(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let mut counters: Vec<Counter> =
        (0..101).map(|at| Counter::new(&format!("{at:03}"), at)).collect();
    let (last, rest) = counters.split_last_mut().expect("there are some");
    let mut transaction = forum.transaction();
    for counter in rest.iter_mut() {
        transaction = transaction.insert(counter);
    }
    ok(transaction.commit().await);
    let mut transaction = forum.transaction();
    for counter in rest.iter_mut() {
        transaction = transaction.save(counter);
    }
    refused(transaction.insert(last).commit().await, ErrorKind::Limit);
    assert_eq!(ok(forum.query(Counter::partition("f")).count().await), 100);

    let mut members: Vec<Member> = (0..51).map(|at| Member::new(at, &format!("m{at}"))).collect();
    let mut transaction = forum.transaction();
    for member in &mut members {
        transaction = transaction.insert(member);
    }
    refused(transaction.commit().await, ErrorKind::Limit);
    let mut transaction = forum.transaction();
    for member in members.iter_mut().take(50) {
        transaction = transaction.insert(member);
    }
    ok(transaction.commit().await);
    let mut transaction = forum.transaction();
    for member in members.iter().take(34) {
        transaction = transaction.delete(member);
    }
    let mut transaction = transaction.check_exists(Counter::key("f", "000"));
    for at in 1..32 {
        transaction = transaction.check_exists(Counter::key("f", format!("{at:03}")));
    }
    ok(transaction.commit().await);
    assert_eq!(ok(forum.query(Member::partition()).count().await), 16);
    let mut transaction = forum.transaction();
    for at in 0..101 {
        transaction = transaction.delete(Counter::key("f", format!("{at:03}")));
    }
    refused(transaction.commit().await, ErrorKind::Limit);
}

/// Four megabytes of records are the most.
pub(crate) async fn a_transaction_has_four_megabytes(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let large = |id: u32| Topic { title: "x".repeat(380 * 1024), ..Topic::new(id) };
    let mut topics: Vec<Topic> = (0..11).map(large).collect();
    let mut transaction = forum.transaction();
    for topic in &mut topics {
        transaction = transaction.insert(topic);
    }
    refused(transaction.commit().await, ErrorKind::Limit);
    assert_eq!(ok(forum.query(Topic::partition("f")).count().await), 0);
    let mut transaction = forum.transaction();
    for topic in topics.iter_mut().take(10) {
        transaction = transaction.insert(topic);
    }
    ok(transaction.commit().await);
    assert_eq!(ok(forum.query(Topic::partition("f")).count().await), 10);
}

/// A repeated commit with the same token writes nothing and says so, for as long as the token is kept
/// and for its own tenant.
pub(crate) async fn a_token_makes_a_repetition_harmless(db: &dyn Database) {
    let clock = clock();
    let store = open_at::<Forum>(db, &clock).await;
    let forum = store.tenant(&acme());
    ok(forum.save(&mut Counter::new("n", 0)).await);
    let add = || {
        forum
            .transaction()
            .update(Counter::key("f", "n").patch().add(Counter::COUNT, 1))
            .idempotency_token("t")
    };
    assert_eq!(ok(add().commit().await), Commit::Applied);
    clock.advance(Duration::from_mins(1));
    assert_eq!(ok(add().commit().await), Commit::AlreadyCommitted);
    // Also where it could not be applied any more.
    ok(forum.delete(Counter::key("f", "n")).await);
    assert_eq!(ok(add().commit().await), Commit::AlreadyCommitted);
    let mut counter = Counter::new("n", 1);
    ok(forum.save(&mut counter).await);
    clock.advance(Duration::from_secs(24 * 60 * 60 - 61));
    assert_eq!(ok(add().commit().await), Commit::AlreadyCommitted);
    clock.advance(Duration::from_secs(1));
    assert_eq!(ok(add().keep_token_for(Duration::from_secs(5)).commit().await), Commit::Applied);
    clock.advance(Duration::from_secs(5));
    assert_eq!(ok(add().commit().await), Commit::Applied);
    assert_eq!(ok(forum.get(Counter::key("f", "n")).await).map(|it| it.count), Some(3));

    let other = store.tenant(&"other".into());
    let mut theirs = Counter { account: "other".into(), ..Counter::new("n", 1) };
    let commit = other.transaction().insert(&mut theirs).idempotency_token("t").commit().await;
    assert_eq!(ok(commit), Commit::Applied);
    // One that failed has no token.
    let failed = forum.transaction().check_exists(Topic::key("f", 1)).idempotency_token("u");
    refused(failed.commit().await, ErrorKind::NotFound);
    let mut unmoved = Topic::new(1);
    let commit = forum.transaction().insert(&mut unmoved).idempotency_token("u").commit().await;
    assert_eq!(ok(commit), Commit::Applied);
    let mut again = Topic::new(2);
    let commit = forum.transaction().insert(&mut again).idempotency_token("u").commit().await;
    assert_eq!((ok(commit), again), (Commit::AlreadyCommitted, Topic::new(2)));
}

/// A record of another tenant is refused by name, and nothing is written.
pub(crate) async fn a_transaction_stays_with_its_tenant(db: &dyn Database) {
    let store = open::<Forum>(db).await;
    let forum = store.tenant(&acme());
    let (mut ours, mut theirs) = (Counter::new("n", 1), Counter::new("m", 1));
    theirs.account = "other".into();
    let failed = forum.transaction().save(&mut ours).save(&mut theirs).commit().await;
    assert_eq!(refused(failed, ErrorKind::TenantMismatch).position(), Some(1));
    assert_eq!(all(&forum).await.1, []);
}

/// Numbered records take their numbers, and events theirs, in the order of the operations; an entity
/// and its event come together or not at all.
pub(crate) async fn a_transaction_numbers_its_records(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    let (mut first, mut second_one) = (Paper::new("a"), Paper::new("b"));
    let (mut made, mut read) = (Event::new(1, "made"), Event::new(1, "read"));
    let mut other = Event::new(2, "made");
    let commit = forum
        .transaction()
        .insert(&mut first)
        .append(&mut made)
        .insert(&mut second_one)
        .append(&mut other)
        .append(&mut read)
        .commit()
        .await;
    ok(commit);
    assert_eq!((first.number, second_one.number), (1, 2));
    assert_eq!((made.number, read.number, other.number), (1, 2, 1));
    assert_eq!((made.at, read.at), (second(0), second(0)));
    let mut third = Paper::new("b");
    let mut lost = Event::new(3, "made");
    let failed = forum.transaction().append(&mut lost).insert(&mut third).commit().await;
    assert_eq!(refused(failed, ErrorKind::UniqueViolation).position(), Some(1));
    assert_eq!((third.number, lost.number), (0, 0));
    third.title = "c".into();
    ok(forum.transaction().append(&mut lost).insert(&mut third).commit().await);
    // The failed insert has burnt a number, the failed append none.
    assert_eq!((third.number, lost.number), (4, 1));
    let shelf = ok(forum.query(ShelfItem::partition("s")).all().await);
    assert_eq!(
        shelf,
        [
            ShelfItem::Event(made),
            ShelfItem::Event(read),
            ShelfItem::Event(other),
            ShelfItem::Event(lost),
            ShelfItem::Paper(first),
            ShelfItem::Paper(second_one),
            ShelfItem::Paper(third),
        ]
    );
}
