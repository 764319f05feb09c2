//! Soft deletes: hidden records, their return and their end.

use std::time::Duration;

use keyloom::{ErrorKind, Revision};

use crate::check::{Tenant, conflict, ok, refused};
use crate::domain::forum::{Forum, Paper};
use crate::domain::{acme, clock, open_at, second};
use crate::{Database, eventually};

async fn papers(forum: &Tenant<Forum>) -> Vec<Paper> {
    let mut papers: Vec<Paper> = ["a", "b", "c"].map(Paper::new).into();
    for outcome in ok(forum.insert_all(&mut papers).await) {
        ok(outcome);
    }
    papers
}

fn numbers(papers: &[Paper]) -> Vec<u32> {
    papers.iter().map(|paper| paper.number).collect()
}

/// No read shows a deleted record unless it asks for it, and no index does.
pub(crate) async fn a_deleted_record_is_hidden(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    let papers = papers(&forum).await;
    clock.advance(Duration::from_secs(1));
    assert!(ok(forum.delete(Paper::key("s", 2)).await));
    let key = || Paper::key("s", 2);
    assert_eq!(ok(forum.get(key()).await), None);
    let many = ok(forum.get_many([Paper::key("s", 1), key()]).await);
    assert_eq!(many, [Some(papers[0].clone()), None]);
    assert_eq!(ok(forum.get_atomic([key()]).await), [None]);
    let query = || forum.query(Paper::partition("s"));
    assert_eq!(numbers(&ok(query().all().await)), [1, 3]);
    assert_eq!(ok(query().count().await), 2);
    assert_eq!(numbers(&ok(query().limit(2).all().await)), [1, 3]);
    let indexed = async || numbers(&ok(forum.query(Paper::by_topic("t")).all().await));
    eventually(db, vec![1, 3], indexed).await;

    let mut marked = papers[1].clone();
    marked.deleted = Some(second(1));
    (marked.revision, marked.updated) = (Revision::new(2), second(1));
    assert_eq!(ok(forum.get(key()).with_deleted().await), Some(marked.clone()));
    let many = ok(forum.get_many([key()]).with_deleted().await);
    assert_eq!(many, [Some(marked)]);
    assert_eq!(numbers(&ok(query().with_deleted().all().await)), [1, 2, 3]);
    assert_eq!(ok(query().with_deleted().count().await), 3);
    let only = query().with_deleted().filter(Paper::DELETED.is_present());
    assert_eq!(numbers(&ok(only.all().await)), [2]);
    let indexed =
        async || numbers(&ok(forum.query(Paper::by_topic("t")).with_deleted().all().await));
    eventually(db, vec![1, 2, 3], indexed).await;
}

/// A deleted record is not found by any write, and holds its key and its unique values.
pub(crate) async fn a_deleted_record_is_not_written_and_holds_its_place(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    let mut papers = papers(&forum).await;
    assert!(ok(forum.delete(&papers[1]).await));
    refused(forum.save(&mut papers[1]).await, ErrorKind::NotFound);
    let mut stale = papers[1].clone();
    stale.revision = Revision::new(2);
    refused(forum.save(&mut stale).await, ErrorKind::NotFound);
    refused(forum.update(Paper::key("s", 2)).set(Paper::TITLE, "x").await, ErrorKind::NotFound);
    assert!(!ok(forum.delete(Paper::key("s", 2)).await));
    refused(forum.delete(&stale).await, ErrorKind::NotFound);
    let mut other = Paper::new("b");
    let taken = refused(forum.insert(&mut other).await, ErrorKind::UniqueViolation);
    assert_eq!(taken.constraint(), Some("title"));
    let mut same = Paper { number: 2, ..Paper::new("new") };
    let there = refused(forum.insert(&mut same).await, ErrorKind::AlreadyExists);
    assert_eq!(conflict::<Paper>(&there).2.title, "b");
    let inserted = forum.update(Paper::key("s", 2)).set(Paper::TITLE, "x").or_insert(same).await;
    refused(inserted, ErrorKind::AlreadyExists);
    refused(
        forum.update(Paper::key("s", 1)).set(Paper::TITLE, "b").await,
        ErrorKind::UniqueViolation,
    );
}

/// A restored record is as it was, but for its revision.
pub(crate) async fn a_deleted_record_is_restored(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    let papers = papers(&forum).await;
    ok(forum.delete(Paper::key("s", 2)).await);
    clock.advance(Duration::from_secs(2));
    let restored = ok(forum.restore(Paper::key("s", 2)).await);
    let mut expected = papers[1].clone();
    (expected.revision, expected.updated) = (Revision::new(3), second(2));
    assert_eq!(restored, expected);
    assert_eq!(ok(forum.get(Paper::key("s", 2)).await), Some(expected));
    refused(forum.restore(Paper::key("s", 2)).await, ErrorKind::NotFound);
    refused(forum.restore(Paper::key("s", 9)).await, ErrorKind::NotFound);
    let indexed = async || numbers(&ok(forum.query(Paper::by_topic("t")).all().await));
    eventually(db, vec![1, 2, 3], indexed).await;
}

/// A purged record is gone for good, deleted before or not, and its place is free.
pub(crate) async fn a_purged_record_is_gone(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    let papers = papers(&forum).await;
    ok(forum.delete(Paper::key("s", 2)).await);
    assert!(ok(forum.purge(Paper::key("s", 2)).await));
    assert!(!ok(forum.purge(Paper::key("s", 2)).await));
    assert!(ok(forum.purge(&papers[0]).await));
    refused(forum.restore(Paper::key("s", 2)).await, ErrorKind::NotFound);
    let mut again = Paper::new("b");
    ok(forum.insert(&mut again).await);
    assert_eq!((again.number, again.revision.get()), (4, 1));
    let all = ok(forum.query(Paper::partition("s")).with_deleted().all().await);
    assert_eq!(numbers(&all), [3, 4]);
}

/// A batch of deletes marks each record, and conditions are judged as for an update.
pub(crate) async fn deletes_of_all_kinds_mark(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    let papers = papers(&forum).await;
    let failing = forum.delete(Paper::key("s", 1)).when(Paper::TITLE.eq("x")).await;
    let error = refused(failing, ErrorKind::ConditionFailed);
    assert_eq!(conflict::<Paper>(&error), (0, 1, &papers[0]));
    refused(forum.delete(Paper::key("s", 9)).if_exists().await, ErrorKind::NotFound);
    let stale = forum.delete(Paper::key("s", 1)).if_revision(Revision::new(4)).await;
    refused(stale, ErrorKind::Conflict);
    for outcome in ok(forum.delete_all([1, 2, 9].map(|id| Paper::key("s", id))).await) {
        ok(outcome);
    }
    let commit = forum.transaction().delete(&papers[2]).commit().await;
    assert_eq!(ok(commit), keyloom::Commit::Applied);
    let all = ok(forum.query(Paper::partition("s")).with_deleted().all().await);
    assert!(all.iter().all(|paper| paper.deleted == Some(second(0)) && paper.revision.get() == 2));
    assert_eq!(all.len(), 3);
}
