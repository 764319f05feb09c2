//! Sequences: numbers that are given once.

use futures_util::future::join_all;
use keyloom::ErrorKind;

use crate::Database;
use crate::check::{ok, refused};
use crate::domain::forum::{Event, Forum, Paper, Remark};
use crate::domain::{acme, open, second};

/// Numbers grow from one in each partition and each tenant, by inserts and by saves of new records.
pub(crate) async fn numbers_grow_in_each_partition(db: &dyn Database) {
    let store = open::<Forum>(db).await;
    let forum = store.tenant(&acme());
    for expected in 1..=3 {
        let mut paper = Paper::new(&format!("p{expected}"));
        ok(if expected == 2 {
            forum.save(&mut paper).await
        } else {
            forum.insert(&mut paper).await
        });
        assert_eq!(paper.number, expected);
        assert_eq!(ok(forum.get(Paper::key("s", expected)).await), Some(paper));
    }
    let mut elsewhere = Paper { shelf: "other".into(), ..Paper::new("p") };
    ok(forum.insert(&mut elsewhere).await);
    assert_eq!(elsewhere.number, 1);
    let mut theirs = Paper { account: "other".into(), ..Paper::new("p") };
    ok(store.tenant(&"other".into()).insert(&mut theirs).await);
    assert_eq!(theirs.number, 1);
}

/// A named scope has numbers of its own.
pub(crate) async fn a_scope_has_numbers_of_its_own(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let mut given = Vec::new();
    for round in [1, 1, 2, 1, 2] {
        let mut remark = Remark::new(round, "x");
        ok(forum.insert(&mut remark).await);
        given.push((round, remark.number));
    }
    assert_eq!(given, [(1, 1), (1, 2), (2, 1), (1, 3), (2, 2)]);
    let stored = ok(forum.query(Remark::partition("s").round(1)).all().await);
    assert_eq!(stored.iter().map(|remark| remark.number).collect::<Vec<_>>(), [1, 2, 3]);
}

/// A number is never given twice: not after a delete, not after another handle has taken one, and not
/// after an insert that failed, which burns its number.
pub(crate) async fn a_number_is_never_given_twice(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let mut first = Paper::new("a");
    ok(forum.insert(&mut first).await);
    ok(forum.purge(&first).await);
    let mut second_one = Paper::new("a");
    ok(forum.insert(&mut second_one).await);
    assert_eq!(second_one.number, 2);
    let mut twin = Paper::new("a");
    refused(forum.insert(&mut twin).await, ErrorKind::UniqueViolation);
    assert_eq!(twin.number, 0);
    let again = open::<Forum>(db).await.tenant(&acme());
    let mut third = Paper::new("b");
    ok(again.insert(&mut third).await);
    assert_eq!(third.number, 4);
}

/// A record that brings its number along keeps it, and the sequence goes on behind it.
pub(crate) async fn a_number_can_be_brought_along(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let mut imported = Paper { number: 40, ..Paper::new("a") };
    ok(forum.insert(&mut imported).await);
    let mut earlier = Paper { number: 7, ..Paper::new("b") };
    ok(forum.insert(&mut earlier).await);
    assert_eq!((imported.number, earlier.number), (40, 7));
    let mut next = Paper::new("c");
    ok(forum.insert(&mut next).await);
    assert_eq!(next.number, 41);
    let mut there = Paper { number: 7, ..Paper::new("d") };
    refused(forum.insert(&mut there).await, ErrorKind::AlreadyExists);
    // A save of a stored record takes no number.
    next.title = "e".into();
    ok(forum.save(&mut next).await);
    assert_eq!((next.number, next.revision.get()), (41, 2));
    let brought = Paper { number: 50, ..Paper::new("h") };
    let update = || forum.update(Paper::key("s", 50)).set(Paper::TOPIC, "u");
    assert_eq!(ok(update().or_insert(brought).await).number, 50);
    let unnumbered = forum.update(Paper::key("s", 0)).or_insert(Paper::new("i")).await;
    refused(unnumbered, ErrorKind::InvalidKey);
    let mut behind = Paper::new("j");
    ok(forum.insert(&mut behind).await);
    assert_eq!(behind.number, 51);
    let mut last = Paper { number: u32::MAX, ..Paper::new("f") };
    ok(forum.insert(&mut last).await);
    refused(forum.insert(&mut Paper::new("g")).await, ErrorKind::Limit);
}

/// A number is taken before the record is stored, so that what is written with it can say it.
pub(crate) async fn a_number_is_known_before_the_record_is_stored(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let mut paper = Paper { updated: second(7), ..Paper::new("a") };
    assert_eq!(ok(forum.assign_number(&mut paper).await), 1);
    assert_eq!(paper, Paper { number: 1, updated: second(7), ..Paper::new("a") });
    assert_eq!(ok(forum.assign_number(&mut paper).await), 1, "it has one");
    assert_eq!(ok(forum.get(Paper::key("s", 1)).await), None);
    let mut event = Event::new(paper.number, "made");
    ok(forum.transaction().insert(&mut paper).append(&mut event).commit().await);
    assert_eq!((paper.number, paper.revision.get(), event.number), (1, 1, 1));
    assert_eq!(ok(forum.get(Paper::key("s", 1)).await), Some(paper));

    // One that is not used is burnt, and a batch begins behind it.
    assert_eq!(ok(forum.assign_number(&mut Paper::new("b")).await), 2);
    let mut papers = [Paper::new("c"), Paper::new("d")];
    assert_eq!(ok(forum.assign_number(&mut papers[1]).await), 3);
    for outcome in ok(forum.insert_all(&mut papers).await) {
        ok(outcome);
    }
    assert_eq!(papers.each_ref().map(|paper| paper.number), [4, 3]);
    let mut remark = Remark::new(1, "x");
    assert_eq!(ok(forum.assign_number(&mut remark).await), 1, "in a scope of its own");

    let mut theirs = Paper { account: "other".into(), ..Paper::new("a") };
    refused(forum.assign_number(&mut theirs).await, ErrorKind::TenantMismatch);
    assert_eq!(theirs.number, 0);
    let mut last = Paper { number: u32::MAX, ..Paper::new("e") };
    ok(forum.insert(&mut last).await);
    refused(forum.assign_number(&mut Paper::new("f")).await, ErrorKind::Limit);
}

/// A batch is numbered in its order, in each scope for itself.
pub(crate) async fn a_batch_is_numbered_in_order(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    ok(forum.insert(&mut Remark::new(1, "x")).await);
    let mut remarks: Vec<Remark> =
        [1, 2, 1, 1, 2].map(|round| Remark::new(round, "y")).into_iter().collect();
    remarks.push(Remark { number: 9, ..Remark::new(2, "z") });
    for outcome in ok(forum.insert_all(&mut remarks).await) {
        ok(outcome);
    }
    let numbers: Vec<u64> = remarks.iter().map(|remark| remark.number).collect();
    // What is brought along comes first, so that no number is given again.
    assert_eq!(numbers, [2, 10, 3, 4, 11, 9]);
}

/// Whoever numbers at the same time gets other numbers.
pub(crate) async fn numbers_differ_under_concurrency(db: &dyn Database) {
    let handles = [open::<Forum>(db).await, open::<Forum>(db).await];
    let inserts = (0..24).map(|at| {
        let forum = handles[at % 2].tenant(&acme());
        async move {
            let mut remark = Remark::new(1, &at.to_string());
            ok(forum.insert(&mut remark).await);
            remark.number
        }
    });
    let mut numbers = join_all(inserts).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=24).collect::<Vec<u64>>());
}
