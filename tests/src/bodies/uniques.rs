//! Unique indexes.

use keyloom::{Error, ErrorKind, Revision};

use crate::Database;
use crate::check::{ok, refused};
use crate::domain::desk::{Desk, Person};
use crate::domain::lease::{Lease, Rental};
use crate::domain::{Account, LOOK_ALIKE, acme, clock, open, open_at, second};
use crate::ways::assert_query;

fn violates(error: &Error, record: &str, index: &str) {
    assert_eq!((error.record(), error.constraint()), (Some(record), Some(index)), "{error}");
    assert!(!error.is_retryable());
}

/// A value that another record holds is refused by insert and by save; the error names the index.
pub(crate) async fn a_taken_value_is_refused(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut zoe = Person::new(1, "zoe@x");
    ok(desk.insert(&mut zoe).await);
    for insert in [true, false] {
        let mut other = Person::new(2, "zoe@x");
        let before = other.clone();
        let write = if insert { desk.insert(&mut other) } else { desk.save(&mut other) };
        let error = refused(write.await, ErrorKind::UniqueViolation);
        violates(&error, "Person", "one_email");
        assert_eq!(other, before);
    }
    let mut other = Person::new(2, "bob@x");
    ok(desk.insert(&mut other).await);
    let stored = other.clone();
    other.email = "zoe@x".into();
    let before = other.clone();
    violates(
        &refused(desk.save(&mut other).await, ErrorKind::UniqueViolation),
        "Person",
        "one_email",
    );
    assert_eq!(other, before);
    assert_eq!(ok(desk.get(Person::key(2)).await), Some(stored.clone()));
    assert_query(db, &[stored], || desk.query(Person::one_email("bob@x"))).await;
    assert_query(db, &[zoe], || desk.query(Person::one_email("zoe@x"))).await;
    assert_query(db, &[], || desk.query(Person::one_email("x"))).await;
}

/// A normalised unique value is taken in every spelling.
pub(crate) async fn a_normalised_value_is_taken_in_every_spelling(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut zoe = Person::new(1, " Zoë@X ");
    ok(desk.insert(&mut zoe).await);
    for spelling in ["zoë@x", "ZOË@x", "\tZoë@X"] {
        let error = desk.insert(&mut Person::new(2, spelling)).await;
        violates(&refused(error, ErrorKind::UniqueViolation), "Person", "one_email");
        assert_query(db, &[zoe.clone()], || desk.query(Person::one_email(spelling))).await;
    }
    ok(desk.insert(&mut Person::new(2, "zoe@x")).await);
    zoe.email = "ZOË@X".into();
    ok(desk.save(&mut zoe).await);
    assert_query(db, &[zoe], || desk.query(Person::one_email("zoë@x"))).await;
}

/// A record keeps its own value when it is saved, and frees it when it changes or goes.
pub(crate) async fn a_value_is_freed_by_change_and_delete(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut zoe = Person::new(1, "zoe@x");
    for revision in 1..=3 {
        ok(desk.save(&mut zoe).await);
        assert_eq!(zoe.revision, Revision::new(revision));
    }
    let mut bob = Person::new(2, "zoe@x");
    refused(desk.insert(&mut bob).await, ErrorKind::UniqueViolation);
    zoe.email = "zoe@y".into();
    ok(desk.save(&mut zoe).await);
    ok(desk.insert(&mut bob).await);
    zoe.email = "zoe@x".into();
    refused(desk.save(&mut zoe).await, ErrorKind::UniqueViolation);
    ok(desk.delete(&bob).await);
    ok(desk.save(&mut zoe).await);
    ok(desk.delete(Person::key(1)).await);
    ok(desk.insert(&mut Person::new(3, "zoe@x")).await);
    let found = ok(desk.get_many([1, 2, 3].map(Person::key)).await);
    assert_eq!(found.map_ids(), [None, None, Some(3)]);
}

trait MapIds {
    fn map_ids(&self) -> Vec<Option<u32>>;
}

impl MapIds for Vec<Option<Person>> {
    fn map_ids(&self) -> Vec<Option<u32>> {
        self.iter().map(|person| person.as_ref().map(|person| person.id)).collect()
    }
}

/// Two values swap only through a third: each save is checked for itself.
pub(crate) async fn swapping_values_needs_a_third(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let (mut a, mut b) = (Person::new(1, "a@x"), Person::new(2, "b@x"));
    ok(desk.insert(&mut a).await);
    ok(desk.insert(&mut b).await);
    a.email = "b@x".into();
    b.email = "a@x".into();
    refused(desk.save(&mut a).await, ErrorKind::UniqueViolation);
    refused(desk.save(&mut b).await, ErrorKind::UniqueViolation);
    b.email = "c@x".into();
    ok(desk.save(&mut b).await);
    ok(desk.save(&mut a).await);
    b.email = "a@x".into();
    ok(desk.save(&mut b).await);
    assert_query(db, &[a], || desk.query(Person::one_email("b@x"))).await;
    assert_query(db, &[b], || desk.query(Person::one_email("a@x"))).await;
}

/// `None` in a unique index takes nothing, so any number of records may have it.
pub(crate) async fn none_takes_no_value(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut people: Vec<_> = (0..4).map(|id| Person::new(id, &format!("{id}@x"))).collect();
    for person in &mut people {
        ok(desk.insert(person).await);
    }
    people[0].seat = Some(7);
    ok(desk.save(&mut people[0]).await);
    people[1].seat = Some(7);
    let error = refused(desk.save(&mut people[1]).await, ErrorKind::UniqueViolation);
    violates(&error, "Person", "one_seat");
    people[1].room = "cellar".into();
    ok(desk.save(&mut people[1]).await);
    people[0].seat = None;
    ok(desk.save(&mut people[0]).await);
    people[2].seat = Some(7);
    ok(desk.save(&mut people[2]).await);
    assert_query(db, &people[2..3], || desk.query(Person::one_seat("attic"))).await;
    assert_query(db, &people[1..2], || desk.query(Person::one_seat("cellar").seat(7))).await;
}

/// A conflict is told before a violation: a stale writer learns that it is stale.
pub(crate) async fn a_conflict_comes_before_a_violation(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    ok(desk.insert(&mut Person::new(1, "a@x")).await);
    let mut bob = Person::new(2, "b@x");
    ok(desk.insert(&mut bob).await);
    let mut stale = bob.clone();
    ok(desk.save(&mut bob).await);
    stale.email = "a@x".into();
    refused(desk.save(&mut stale).await, ErrorKind::Conflict);
    refused(desk.insert(&mut stale).await, ErrorKind::AlreadyExists);
    stale.id = 3;
    refused(desk.save(&mut stale).await, ErrorKind::NotFound);
}

/// Each tenant has its own values.
pub(crate) async fn tenants_do_not_take_each_others_values(db: &dyn Database) {
    let store = open::<Desk>(db).await;
    for tenant in LOOK_ALIKE {
        let account = Account::from(tenant);
        let desk = store.tenant(&account);
        let mut person = Person { account: account.clone(), ..Person::new(1, "one@x") };
        person.seat = Some(1);
        ok(desk.insert(&mut person).await);
        let mut other = Person { account: account.clone(), ..Person::new(2, "one@x") };
        refused(desk.insert(&mut other).await, ErrorKind::UniqueViolation);
    }
    for tenant in LOOK_ALIKE {
        let account = Account::from(tenant);
        let desk = store.tenant(&account);
        let found = ok(desk.get(Person::key(1)).await).expect("the person is stored");
        assert_eq!(found.account, account);
        assert_query(db, &[found], || desk.query(Person::one_email("one@x"))).await;
    }
}

/// An expired record holds no value: it is free for others at that very moment, and for good.
pub(crate) async fn a_value_is_freed_by_expiry(db: &dyn Database) {
    let clock = clock();
    let rental = open_at::<Rental>(db, &clock).await.tenant(&acme());
    let badge = || Some("gold".to_owned());
    let mut first = Lease { badge: badge(), ..Lease::new(1, Some(second(10))) };
    ok(rental.insert(&mut first).await);
    let mut next = Lease { badge: badge(), ..Lease::new(2, None) };
    clock.set(second(9));
    violates(
        &refused(rental.insert(&mut next).await, ErrorKind::UniqueViolation),
        "Lease",
        "one_badge",
    );
    clock.set(second(10));
    ok(rental.insert(&mut next).await);
    assert_query(db, &[next.clone()], || rental.query(Lease::one_badge("gold"))).await;

    // The expired record may be written anew, but its value is gone.
    let mut again = Lease { badge: badge(), ..Lease::new(1, None) };
    refused(rental.insert(&mut again).await, ErrorKind::UniqueViolation);
    again.badge = Some("silver".to_owned());
    ok(rental.insert(&mut again).await);
    again.badge = badge();
    refused(rental.save(&mut again).await, ErrorKind::UniqueViolation);
    ok(rental.delete(&next).await);
    ok(rental.save(&mut again).await);
    assert_query(db, &[again], || rental.query(Lease::one_badge("gold"))).await;
}

/// A batch checks each record for itself; the first of two takes the value.
pub(crate) async fn a_batch_takes_a_value_once(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut people: Vec<_> = ["a@x", "b@x", "a@x", "B@X "]
        .iter()
        .zip(1..)
        .map(|(email, id)| Person::new(id, email))
        .collect();
    let outcomes = ok(desk.insert_all(&mut people).await);
    let taken: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 2);
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        violates(&refused(outcome, ErrorKind::UniqueViolation), "Person", "one_email");
    }
    for email in ["a@x", "b@x"] {
        let holder: Vec<_> = people
            .iter()
            .filter(|person| !person.revision.is_new())
            .filter(|person| person.email.trim().eq_ignore_ascii_case(email))
            .cloned()
            .collect();
        assert_eq!(holder.len(), 1);
        assert_query(db, &holder, || desk.query(Person::one_email(email))).await;
    }
}
