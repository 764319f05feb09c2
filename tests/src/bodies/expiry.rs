//! Expired records do not exist, swept or not.

use std::time::Duration;

use keyloom::{ErrorKind, Revision, Timestamp};

use crate::Database;
use crate::check::{conflict, ok, refused};
use crate::domain::lease::{Draft, Lease, Rental};
use crate::domain::{acme, clock, open_at, second};
use crate::ways::assert_query;

/// A record is there until the microsecond before it expires, and gone at it, for every read.
pub(crate) async fn an_expired_record_is_read_by_nothing(db: &dyn Database) {
    let clock = clock();
    let rental = open_at::<Rental>(db, &clock).await.tenant(&acme());
    let mut until = Lease::new(1, Some(second(10)));
    let mut later = Lease::new(2, Some(second(20)));
    let mut never = Lease::new(3, None);
    for lease in [&mut until, &mut later, &mut never] {
        ok(rental.insert(lease).await);
    }
    let all = [until, later, never];
    let micros = Duration::from_micros(1);
    for (now, gone) in [
        (second(0), 0),
        (second(10).saturating_sub(micros), 0),
        (second(10), 1),
        (second(15), 1),
        (second(20).saturating_sub(micros), 1),
        (second(20), 2),
        (Timestamp::MAX, 2),
    ] {
        clock.set(now);
        let left = &all[gone..];
        for (at, lease) in all.iter().enumerate() {
            let found = ok(rental.get(Lease::key("hall", lease.slot)).await);
            assert_eq!(found.as_ref(), (at >= gone).then_some(lease), "{now}");
        }
        let many = ok(rental.get_many([1, 2, 3, 1].map(|slot| Lease::key("hall", slot))).await);
        let there: Vec<_> = many.iter().map(Option::is_some).collect();
        assert_eq!(there, [gone < 1, gone < 2, true, gone < 1]);
        let reads = ok(rental.read_scope().await);
        assert_eq!(ok(reads.get(Lease::key("hall", 1)).await).is_some(), gone < 1);
        assert_query(db, left, || rental.query(Lease::partition("hall"))).await;
        assert_query(db, left, || reads.query(Lease::partition("hall"))).await;
        assert_query(db, left, || rental.query(Lease::by_holder("zoe"))).await;
        let filtered = || rental.query(Lease::partition("hall")).filter(Lease::MEMO.is_absent());
        assert_query(db, left, filtered).await;
    }
}

/// An insert over an expired record begins anew: nothing of the old one shows, in no field, no stamp,
/// no index.
pub(crate) async fn an_insert_over_an_expired_record_begins_anew(db: &dyn Database) {
    let clock = clock();
    let rental = open_at::<Rental>(db, &clock).await.tenant(&acme());
    for (slot, insert) in [(1, true), (2, false)] {
        clock.set(second(0));
        let mut old = Lease {
            badge: Some(format!("badge {slot}")),
            memo: Some("secret".to_owned()),
            holder: "old".to_owned(),
            ..Lease::new(slot, Some(second(10)))
        };
        ok(rental.insert(&mut old).await);
        ok(rental.save(&mut old).await);
        let mut new = Lease::new(slot, None);
        clock.set(second(9));
        let early = if insert { rental.insert(&mut new) } else { rental.save(&mut new) };
        let error = refused(early.await, ErrorKind::AlreadyExists);
        assert_eq!(conflict::<Lease>(&error), (0, 2, &old));
        clock.set(second(10));
        let write = if insert { rental.insert(&mut new) } else { rental.save(&mut new) };
        ok(write.await);
        assert_eq!(new.revision, Revision::new(1));
        assert_eq!((new.created, new.updated), (second(10), second(10)));
        assert_eq!(ok(rental.get(Lease::key("hall", slot)).await), Some(new.clone()));
        assert_query(db, &[], || rental.query(Lease::by_holder("old"))).await;
        let badge = format!("badge {slot}");
        assert_query(db, &[], || rental.query(Lease::one_badge(badge.as_str()))).await;
        assert_query(db, &[new], || rental.query(Lease::by_holder("zoe").slot(slot))).await;
    }
}

/// A save or delete of an expired record finds nothing, and says so.
pub(crate) async fn an_expired_record_is_not_found_by_writes(db: &dyn Database) {
    let clock = clock();
    let rental = open_at::<Rental>(db, &clock).await.tenant(&acme());
    let mut lease = Lease::new(1, Some(second(10)));
    ok(rental.insert(&mut lease).await);
    clock.set(second(10));
    lease.until = Some(second(100));
    let before = lease.clone();
    refused(rental.save(&mut lease).await, ErrorKind::NotFound);
    assert_eq!(lease, before);
    refused(rental.delete(&lease).await, ErrorKind::NotFound);
    assert!(!ok(rental.delete(Lease::key("hall", 1)).await));
    let mut stale = lease.clone();
    stale.revision = Revision::new(7);
    refused(rental.save(&mut stale).await, ErrorKind::NotFound);
    assert_eq!(ok(rental.get(Lease::key("hall", 1)).await), None);

    let mut draft = Draft::new("d", None, second(11));
    ok(rental.save(&mut draft).await);
    clock.set(second(11));
    assert!(!ok(rental.delete(&draft).await));
    assert!(!ok(rental.delete(Draft::key("hall", "d")).await));
}

/// Time moves an expiry on: a record that is saved in time lives on, and one that is set to expire
/// earlier goes earlier.
pub(crate) async fn an_expiry_can_be_moved(db: &dyn Database) {
    let clock = clock();
    let rental = open_at::<Rental>(db, &clock).await.tenant(&acme());
    let mut lease = Lease::new(1, Some(second(10)));
    ok(rental.insert(&mut lease).await);
    clock.set(second(9));
    lease.until = Some(second(30));
    ok(rental.save(&mut lease).await);
    clock.set(second(29));
    assert_eq!(ok(rental.get(Lease::key("hall", 1)).await), Some(lease.clone()));
    lease.until = None;
    ok(rental.save(&mut lease).await);
    clock.set(second(1_000));
    assert_query(db, &[lease.clone()], || rental.query(Lease::by_holder("zoe"))).await;
    lease.until = Some(second(999));
    ok(rental.save(&mut lease).await);
    assert_eq!(ok(rental.get(Lease::key("hall", 1)).await), None);
    // A clock that is set back shows it again, unless it was swept; it must not be half there.
    clock.set(second(998));
    match ok(rental.get(Lease::key("hall", 1)).await) {
        Some(found) => assert_eq!(found, lease),
        None => assert_query(db, &[], || rental.query(Lease::by_holder("zoe"))).await,
    }
}

/// A save without a revision over an expired record is a first write: `created` is new and nothing of
/// the old record stays.
pub(crate) async fn an_upsert_over_an_expired_record_begins_anew(db: &dyn Database) {
    let clock = clock();
    let rental = open_at::<Rental>(db, &clock).await.tenant(&acme());
    let mut old = Draft::new("d", Some("secret"), second(10));
    ok(rental.save(&mut old).await);
    clock.set(second(5));
    let mut living = Draft::new("d", Some("changed"), second(10));
    ok(rental.save(&mut living).await);
    assert_eq!(living.created, second(0));
    clock.set(second(10));
    let mut new = Draft::new("d", None, second(20));
    ok(rental.save(&mut new).await);
    assert_eq!(new.created, second(10));
    assert_eq!(ok(rental.get(Draft::key("hall", "d")).await), Some(new.clone()));
    clock.set(second(20));
    ok(rental.insert(&mut new).await);
    assert_eq!(new.created, second(20));
    // It was born expired, so the next insert finds its place free.
    assert_eq!(ok(rental.get(Draft::key("hall", "d")).await), None);
    ok(rental.insert(&mut Draft::new("d", None, second(21))).await);
    refused(rental.insert(&mut Draft::new("d", None, second(21))).await, ErrorKind::AlreadyExists);
}

/// Batches treat expired records as single writes do.
pub(crate) async fn batches_write_over_expired_records(db: &dyn Database) {
    let clock = clock();
    let rental = open_at::<Rental>(db, &clock).await.tenant(&acme());
    let mut leases: Vec<_> =
        (0..6).map(|slot| Lease::new(slot, (slot % 2 == 0).then(|| second(10)))).collect();
    for outcome in ok(rental.insert_all(&mut leases).await) {
        ok(outcome);
    }
    clock.set(second(10));
    let mut again: Vec<_> = (0..6).map(|slot| Lease::new(slot, None)).collect();
    let outcomes = ok(rental.insert_all(&mut again).await);
    for (outcome, slot) in outcomes.into_iter().zip(0..6) {
        if slot % 2 == 0 {
            ok(outcome);
        } else {
            refused(outcome, ErrorKind::AlreadyExists);
        }
    }
    // The new records are at revision one as the old ones were, so the old structs replace them; they
    // would expire at once, so that they are gone.
    for outcome in ok(rental.save_all(&mut leases).await) {
        ok(outcome);
    }
    let left: Vec<Lease> = leases.into_iter().filter(|lease| lease.until.is_none()).collect();
    assert_eq!(left.len(), 3);
    assert_query(db, &left, || rental.query(Lease::partition("hall"))).await;
}
