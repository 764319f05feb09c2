//! Updates: changes of single fields, alone and under conditions.

use std::collections::BTreeSet;
use std::time::Duration;

use keyloom::{ErrorKind, Revision};

use crate::check::{Tenant, conflict, ok, refused};
use crate::domain::forum::{Counter, Forum, Link, Member, State, Topic};
use crate::domain::{acme, clock, open, open_at, second};
use crate::{Database, eventually};

async fn topic(forum: &Tenant<Forum>, id: u32) -> Topic {
    let mut topic = Topic::new(id);
    ok(forum.insert(&mut topic).await);
    topic
}

/// A set of each kind of field changes that field, the revision and the stamp of the last write, and
/// nothing else; the record returned is the record stored.
pub(crate) async fn a_set_changes_its_field_alone(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    let mut expected = topic(&forum, 1).await;
    clock.advance(Duration::from_secs(1));
    let link = Link { to: "x".into(), weight: 1.5 };
    let updated = ok(forum
        .update(Topic::key("f", 1))
        .set(Topic::TITLE, "new")
        .set(Topic::STATE, State::Closed)
        .set(Topic::RANK, -7)
        .set(Topic::OWNER, "zoe")
        .set(Topic::SCORE, 0.25)
        .set(Topic::LABELS, vec!["a".to_owned()])
        .set(Topic::LINKS, vec![link.clone()])
        .set(Topic::TAGS, BTreeSet::from(["t".to_owned()]))
        .await);
    expected.title = "new".into();
    expected.state = State::Closed;
    expected.rank = -7;
    expected.owner = Some("zoe".into());
    expected.score = Some(0.25);
    expected.labels = vec!["a".into()];
    expected.links = Some(vec![link]);
    expected.tags = ["t".to_owned()].into();
    (expected.revision, expected.updated) = (Revision::new(2), second(1));
    assert_eq!(updated, expected);
    assert_eq!(ok(forum.get(Topic::key("f", 1)).await), Some(expected));
}

/// Optional fields are removed, and set only where they are absent.
pub(crate) async fn optional_fields_come_and_go(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    topic(&forum, 1).await;
    let update = || forum.update(Topic::key("f", 1));
    let first = ok(update().set_if_absent(Topic::OWNER, "zoe").await);
    assert_eq!(first.owner.as_deref(), Some("zoe"));
    let second_one = ok(update().set_if_absent(Topic::OWNER, "ann").set(Topic::SCORE, 1.0).await);
    assert_eq!((second_one.owner.as_deref(), second_one.score), (Some("zoe"), Some(1.0)));
    let gone = ok(update().remove(Topic::OWNER).remove(Topic::SCORE).remove(Topic::LINKS).await);
    assert_eq!((gone.owner, gone.score, gone.links), (None, None, None));
    let none = ok(update().set(Topic::OWNER, None).await);
    assert_eq!(none.owner, None);
    assert_eq!(none.revision, Revision::new(5));
}

/// Sums count an absent field as zero, and one that the type cannot hold is refused and changes nothing.
pub(crate) async fn sums_are_exact_and_stay_in_their_type(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    topic(&forum, 1).await;
    let update = || forum.update(Topic::key("f", 1));
    let sum = ok(update()
        .add(Topic::VOTES, -3)
        .add(Topic::READS, 5)
        .subtract(Topic::SMALL, 28)
        .add(Topic::LARGE, 9_007_199_254_740_993)
        .await);
    assert_eq!((sum.votes, sum.reads), (Some(-3), 5));
    assert_eq!((sum.small, sum.large), (-28, 9_007_199_254_740_993));
    let lowest = ok(update().subtract(Topic::SMALL, 100).add(Topic::READS, u32::MAX - 5).await);
    assert_eq!((lowest.small, lowest.reads), (i8::MIN, u32::MAX));

    let over = |error: keyloom::Error, field| {
        assert_eq!((error.record(), error.field()), (Some("Topic"), Some(field)));
    };
    over(refused(update().subtract(Topic::SMALL, 1).await, ErrorKind::InvalidValue), "small");
    over(refused(update().add(Topic::READS, 1).await, ErrorKind::InvalidValue), "reads");
    let most = u64::try_from(i64::MAX).unwrap_or_default();
    over(refused(update().add(Topic::LARGE, most).await, ErrorKind::InvalidValue), "large");
    over(
        refused(update().subtract(Topic::VOTES, i64::MAX).await, ErrorKind::InvalidValue),
        "votes",
    );
    over(refused(update().add(Topic::LARGE, u64::MAX).await, ErrorKind::InvalidValue), "large");
    over(
        refused(update().subtract(Topic::VOTES, i64::MIN).await, ErrorKind::InvalidValue),
        "votes",
    );
    assert_eq!(ok(forum.get(Topic::key("f", 1)).await), Some(lowest));
}

/// Lists grow at both ends, absent and empty ones too; nested values stay what they are.
pub(crate) async fn lists_grow_at_both_ends(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    topic(&forum, 1).await;
    let update = || forum.update(Topic::key("f", 1));
    let link = |to: &str| Link { to: to.to_owned(), weight: 2.0 };
    let first =
        ok(update().append(Topic::LABELS, ["b", "]["]).append(Topic::LINKS, [link("1")]).await);
    assert_eq!(first.labels, ["b", "]["]);
    let both = ok(update().prepend(Topic::LABELS, ["a"]).prepend(Topic::LINKS, [link("0")]).await);
    assert_eq!(both.labels, ["a", "b", "]["]);
    assert_eq!(both.links, Some(vec![link("0"), link("1")]));
    let none: [&str; 0] = [];
    let same = ok(update().append(Topic::LABELS, none).await);
    assert_eq!((same.labels, same.revision.get()), (both.labels, 4));
}

/// Sets take elements and give them; one without elements is absent and reads back empty.
pub(crate) async fn sets_take_and_give_elements(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    topic(&forum, 1).await;
    let update = || forum.update(Topic::key("f", 1));
    let set = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<BTreeSet<_>>();
    let first = ok(update()
        .insert_into(Topic::TAGS, ["b", "a", "b"])
        .insert_into(Topic::MARKS, [3, 1])
        .await);
    assert_eq!((first.tags, first.marks), (set(&["a", "b"]), [1, 3].into()));
    let more =
        ok(update().insert_into(Topic::TAGS, ["c", "a"]).remove_from(Topic::MARKS, [3, 9]).await);
    assert_eq!((more.tags, more.marks), (set(&["a", "b", "c"]), [1].into()));
    let less =
        ok(update().remove_from(Topic::TAGS, ["a", "b", "c"]).remove_from(Topic::MARKS, [1]).await);
    assert_eq!((less.tags, less.marks), (BTreeSet::new(), BTreeSet::new()));
    let stored = ok(forum.get(Topic::key("f", 1)).await).expect("it is stored");
    assert_eq!(stored.tags, BTreeSet::new());
    let found =
        ok(forum.query(Topic::partition("f")).filter(Topic::TAGS.contains("a")).count().await);
    assert_eq!(found, 0);
    ok(update().insert_into(Topic::TAGS, ["a"]).await);
    let found =
        ok(forum.query(Topic::partition("f")).filter(Topic::TAGS.contains("a")).count().await);
    assert_eq!(found, 1);
}

/// An update of a record that is not stored is not found, and makes none.
pub(crate) async fn an_update_needs_a_stored_record(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let error = refused(
        forum.update(Topic::key("f", 1)).set(Topic::TITLE, "new").if_exists().await,
        ErrorKind::NotFound,
    );
    assert_eq!(error.record(), Some("Topic"));
    let add = forum.update(Counter::key("f", "n")).add(Counter::COUNT, 1).await;
    refused(add, ErrorKind::NotFound);
    assert_eq!(ok(forum.get(Topic::key("f", 1)).await), None);
    assert_eq!(ok(forum.query(Counter::partition("f")).count().await), 0);
}

/// With a revision an update is a compare-and-set of single fields.
pub(crate) async fn an_update_can_expect_a_revision(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let first = topic(&forum, 1).await;
    let update = |revision| {
        forum.update(Topic::key("f", 1)).add(Topic::READS, 1).if_revision(Revision::new(revision))
    };
    let second_one = ok(update(1).await);
    assert_eq!((second_one.revision.get(), second_one.reads), (2, 1));
    for stale in [0, 1, 3] {
        let error = refused(update(stale).await, ErrorKind::Conflict);
        assert_eq!(conflict::<Topic>(&error), (stale, 2, &second_one));
    }
    assert_eq!(ok(forum.get(Topic::key("f", 1)).await), Some(second_one));
    assert!(ok(forum.delete(Topic::key("f", first.id)).await));
    refused(update(2).await, ErrorKind::NotFound);
    // A record without a revision has none to expect.
    ok(forum.save(&mut Counter::new("n", 1)).await);
    let key = || Counter::key("f", "n");
    let counted = forum.update(key()).add(Counter::COUNT, 1).if_revision(Revision::ZERO);
    refused(counted.await, ErrorKind::Unsupported);
    refused(forum.delete(key()).if_revision(Revision::ZERO).await, ErrorKind::Unsupported);
    let checked = forum.transaction().check_revision(key(), Revision::ZERO).commit().await;
    assert_eq!(refused(checked, ErrorKind::Unsupported).position(), Some(0));
    assert!(ok(forum.delete(key()).await));
}

/// A condition that does not hold is its own kind, and carries the record.
pub(crate) async fn an_update_can_have_conditions(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let first = topic(&forum, 1).await;
    let update = || forum.update(Topic::key("f", 1)).add(Topic::READS, 1);
    let closed = update().when(Topic::STATE.eq(State::Closed)).await;
    let error = refused(closed, ErrorKind::ConditionFailed);
    assert_eq!(conflict::<Topic>(&error), (0, 1, &first));
    assert!(!error.is_retryable());
    let both = update().when(Topic::OWNER.is_absent()).when(Topic::READS.lt(1_u32));
    let read = ok(both.await);
    assert_eq!(read.reads, 1);
    let both = update().when(Topic::OWNER.is_absent()).when(Topic::READS.lt(1_u32));
    refused(both.await, ErrorKind::ConditionFailed);
    // The revision is judged before the condition.
    let stale = update().when(Topic::READS.eq(7_u32)).if_revision(Revision::new(1)).await;
    refused(stale, ErrorKind::Conflict);
    let wrong = update().when(Topic::LARGE.eq(u64::MAX)).await;
    assert_eq!(refused(wrong, ErrorKind::InvalidValue).field(), Some("large"));
    assert_eq!(ok(forum.get(Topic::key("f", 1)).await), Some(read));
}

/// Where there is no record, one is inserted as it is given, without the changes.
pub(crate) async fn an_update_can_insert(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    let count = |start| {
        forum
            .update(Counter::key("f", "n"))
            .add(Counter::COUNT, 1)
            .or_insert(Counter::new("n", start))
    };
    assert_eq!(ok(count(10).await).count, 10);
    assert_eq!(ok(count(10).await).count, 11);
    let seen = || forum.update(Topic::key("f", 1)).add(Topic::READS, 1).or_insert(Topic::new(1));
    let first = ok(seen().await);
    assert_eq!((first.reads, first.revision.get(), first.created), (0, 1, second(0)));
    assert_eq!(ok(seen().await).reads, 1);
    let other = forum.update(Topic::key("f", 2)).add(Topic::READS, 1).or_insert(Topic::new(1));
    refused(other.await, ErrorKind::InvalidKey);
    let failing = seen().when(Topic::READS.eq(9_u32));
    refused(failing.await, ErrorKind::ConditionFailed);
}

/// An update that touches a field of an index key leaves the index as a save would: from its own
/// values, from those of the key, and from stored ones.
pub(crate) async fn an_update_keeps_indexes_right(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    for id in 1..=3 {
        topic(&forum, id).await;
    }
    let ids = |topics: Vec<Topic>| topics.into_iter().map(|topic| topic.id).collect::<Vec<_>>();
    let update = |id: u32| forum.update(Topic::key("f", id));
    clock.advance(Duration::from_secs(1));
    ok(update(2).set(Topic::OWNER, "zoe").set(Topic::RANK, 5).await);
    ok(update(3).set(Topic::OWNER, "zoe").await);
    clock.advance(Duration::from_secs(1));
    ok(update(1).add(Topic::RANK, 9).set_if_absent(Topic::OWNER, "zoe").add(Topic::READS, 3).await);
    let states = async || ids(ok(forum.query(Topic::by_state(State::Open)).all().await));
    eventually(db, vec![3, 2, 1], states).await;
    let owned = async || ids(ok(forum.query(Topic::by_owner("zoe")).all().await));
    eventually(db, vec![1, 2, 3], owned).await;
    let changed = async || ids(ok(forum.query(Topic::by_change("f")).all().await));
    eventually(db, vec![2, 3, 1], changed).await;
    let read = async || ids(ok(forum.query(Topic::by_reads("f").reads(1..)).all().await));
    eventually(db, vec![1], read).await;

    ok(update(2).remove(Topic::OWNER).await);
    ok(update(1).set(Topic::STATE, State::Closed).await);
    eventually(db, vec![3], states).await;
    eventually(db, vec![1, 3], owned).await;
    let closed = async || ids(ok(forum.query(Topic::by_state(State::Closed)).all().await));
    eventually(db, vec![1], closed).await;
    let whole = async || ok(forum.query(Topic::by_owner("zoe")).all().await);
    let stored =
        ok(forum.query(Topic::partition("f")).filter(Topic::OWNER.is_present()).all().await);
    eventually(db, stored, whole).await;
}

/// An update of a unique value, and of the expiry that its guard has, moves what holds it.
pub(crate) async fn an_update_keeps_unique_values_right(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    let mut ann = Member { seat: Some(1), ..Member::new(1, "ann") };
    let mut bob = Member { seat: Some(2), ..Member::new(2, "bob") };
    ok(forum.insert(&mut ann).await);
    ok(forum.insert(&mut bob).await);
    let update = |id: u32| forum.update(Member::key(id));
    let taken = refused(update(2).set(Member::EMAIL, "ann").await, ErrorKind::UniqueViolation);
    assert_eq!((taken.record(), taken.constraint()), (Some("Member"), Some("email")));
    let taken = refused(update(2).set(Member::SEAT, 1).await, ErrorKind::UniqueViolation);
    assert_eq!(taken.constraint(), Some("place"));
    ok(update(2).set(Member::EMAIL, "rob").add(Member::VISITS, 1).await);
    let mut new = Member::new(3, "bob");
    ok(forum.insert(&mut new).await);
    ok(update(1).remove(Member::SEAT).await);
    ok(update(2).set(Member::SEAT, 1).await);
    ok(update(1).add(Member::VISITS, 4).await);
    // A value is free when its holder has expired, by an update too.
    ok(update(1).set(Member::LEAVES, second(5)).await);
    let mut again = Member::new(4, "ann");
    refused(forum.insert(&mut again).await, ErrorKind::UniqueViolation);
    clock.advance(Duration::from_secs(5));
    ok(forum.insert(&mut again).await);
    refused(update(1).add(Member::VISITS, 1).await, ErrorKind::NotFound);
    let mut found = ok(forum.query(Member::partition()).all().await);
    found.sort_by_key(|member| member.id);
    let emails: Vec<&str> = found.iter().map(|member| &*member.email).collect();
    assert_eq!(emails, ["rob", "bob", "ann"]);
}

/// A record that has expired is not updated; one that an update lets expire is gone at once.
pub(crate) async fn an_expired_record_is_not_updated(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    topic(&forum, 1).await;
    ok(forum.update(Topic::key("f", 1)).set(Topic::UNTIL, second(10)).await);
    clock.advance(Duration::from_secs(9));
    ok(forum.update(Topic::key("f", 1)).add(Topic::READS, 1).await);
    clock.advance(Duration::from_secs(1));
    refused(forum.update(Topic::key("f", 1)).add(Topic::READS, 1).await, ErrorKind::NotFound);
    let again = forum.update(Topic::key("f", 1)).add(Topic::READS, 1).or_insert(Topic::new(1));
    let again = ok(again.await);
    assert_eq!((again.reads, again.revision.get(), again.created), (0, 1, second(10)));
    let gone = ok(forum.update(Topic::key("f", 1)).set(Topic::UNTIL, second(3)).await);
    assert_eq!(gone.until, Some(second(3)));
    assert_eq!(ok(forum.get(Topic::key("f", 1)).await), None);
}

/// One field changes once in an update; and an update that names no field still counts as a write.
pub(crate) async fn an_update_changes_each_field_once(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    topic(&forum, 1).await;
    let twice = forum.update(Topic::key("f", 1)).add(Topic::READS, 1).add(Topic::READS, 1).await;
    assert_eq!(refused(twice, ErrorKind::InvalidValue).field(), Some("reads"));
    clock.advance(Duration::from_secs(1));
    let touched = ok(forum.update(Topic::key("f", 1)).await);
    assert_eq!((touched.revision.get(), touched.updated), (2, second(1)));
}

/// A record that an update makes too large, too deep or unfit for its key is refused, and stays.
pub(crate) async fn an_update_keeps_limits(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let first = topic(&forum, 1).await;
    let update = || forum.update(Topic::key("f", 1));
    let large = "x".repeat(401 * 1024);
    refused(update().set(Topic::TITLE, &*large).await, ErrorKind::Limit);
    let half = "x".repeat(300 * 1024);
    ok(update().set(Topic::TITLE, &*half).await);
    refused(update().append(Topic::LABELS, [&*half]).await, ErrorKind::Limit);
    let long = "y".repeat(2_048);
    assert_eq!(
        refused(update().set(Topic::OWNER, &*long).await, ErrorKind::InvalidKey).record(),
        Some("Topic")
    );
    refused(update().set(Topic::OWNER, "").await, ErrorKind::InvalidKey);
    refused(update().set(Topic::SCORE, f64::NAN).await, ErrorKind::InvalidValue);
    let stored = ok(forum.get(Topic::key("f", 1)).await).expect("it is stored");
    assert_eq!(
        stored,
        Topic { title: half, revision: Revision::new(2), updated: stored.updated, ..first }
    );
}

/// An update reaches the records of its own tenant only.
pub(crate) async fn an_update_stays_with_its_tenant(db: &dyn Database) {
    let store = open::<Forum>(db).await;
    let (acme, other) = (store.tenant(&acme()), store.tenant(&"other".into()));
    let first = topic(&acme, 1).await;
    refused(other.update(Topic::key("f", 1)).add(Topic::READS, 1).await, ErrorKind::NotFound);
    assert_eq!(ok(acme.get(Topic::key("f", 1)).await), Some(first));
}
