//! Key lengths and record sizes, one byte below, at and above their limits.

use keyloom::{ErrorKind, MAX_RECORD_BYTES};

use crate::Database;
use crate::check::{Tenant, ok, refused};
use crate::domain::atlas::{Atlas, Bare, Cupboard, Place, Stop};
use crate::domain::desk::{Desk, Person};
use crate::domain::{acme, open};
use crate::ways::assert_query;

/// The longest partition and sort key.
const PARTITION: usize = 2_048;
const SORT: usize = 1_024;

/// A partition key of 2048 bytes is the longest, in its encoded form.
pub(crate) async fn a_partition_key_has_a_limit(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let room = PARTITION - "acme#place#".len();
    // Each of these characters takes so many bytes in a key.
    for (letter, bytes) in [("x", 1), ("#", 3), ("\0", 3), ("ä", 2), ("🦀", 4)] {
        let of = |length: usize| letter.repeat(length / bytes) + &"y".repeat(length % bytes);
        for text in [of(room - 1), of(room)] {
            let text = text.as_str();
            let mut place = Place::new(text, "n");
            ok(atlas.insert(&mut place).await);
            assert_eq!(ok(atlas.get(Place::key(text, "n")).await), Some(place.clone()));
            assert_query(db, &[place.clone()], || atlas.query(Place::partition(text))).await;
            assert!(ok(atlas.delete(&place).await));
        }
        let long = of(room + 1);
        let key = || Place::key(long.as_str(), "n");
        let mut place = Place::new(&long, "n");
        let before = place.clone();
        let error = refused(atlas.insert(&mut place).await, ErrorKind::InvalidKey);
        assert_eq!((error.record(), error.field()), (Some("Place"), Some("town")));
        refused(atlas.save(&mut place).await, ErrorKind::InvalidKey);
        assert_eq!(refused(atlas.get(key()).await, ErrorKind::InvalidKey).field(), Some("town"));
        refused(atlas.get_many([key()]).await, ErrorKind::InvalidKey);
        refused(atlas.delete(key()).await, ErrorKind::InvalidKey);
        refused(atlas.delete(&place).await, ErrorKind::InvalidKey);
        refused(atlas.query(Place::partition(long.as_str())).all().await, ErrorKind::InvalidKey);
        assert_eq!(place, before);
    }
}

/// A sort key of 1024 bytes is the longest.
pub(crate) async fn a_sort_key_has_a_limit(db: &dyn Database) {
    let cupboard = open::<Cupboard>(db).await.tenant(&acme());
    for (letter, bytes) in [("x", 1), ("%", 3), ("ä", 2)] {
        let fits = letter.repeat(SORT / bytes) + &"y".repeat(SORT % bytes);
        let long = format!("{fits}x");
        let mut bare = Bare::new("n", &fits);
        ok(cupboard.insert(&mut bare).await);
        assert_eq!(ok(cupboard.get(Bare::key("n", fits.as_str())).await), Some(bare.clone()));
        assert_query(db, &[bare.clone()], || cupboard.query(Bare::partition("n"))).await;
        let part = fits.as_str();
        assert_query(db, &[bare.clone()], || {
            cupboard.query(Bare::partition("n").part(part..=part))
        })
        .await;
        let mut too_long = Bare::new("n", &long);
        let error = refused(cupboard.insert(&mut too_long).await, ErrorKind::InvalidKey);
        assert_eq!((error.record(), error.field()), (Some("Bare"), Some("part")));
        refused(cupboard.get(Bare::key("n", long.as_str())).await, ErrorKind::InvalidKey);
        assert!(ok(cupboard.delete(&bare).await));
        assert_eq!(ok(cupboard.query(Bare::partition("n")).count().await), 0);
    }
}

/// The keys of an index have the same limits; the error names the index and the field.
pub(crate) async fn an_index_key_has_a_limit(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    // by_label: `acme#labels#l` / `{label}#line#l#stop#{number}`
    let room = SORT - "#line#l#stop#0000000007".len();
    for (length, good) in [(room - 1, true), (room, true), (room + 1, false)] {
        let label = "x".repeat(length);
        let mut stop = Stop { label: Some(label.clone()), ..Stop::new("l", 7) };
        if good {
            ok(atlas.insert(&mut stop).await);
            let label = label.as_str();
            assert_query(db, &[stop.clone()], || atlas.query(Stop::by_label("l").label(label)))
                .await;
            assert!(ok(atlas.delete(&stop).await));
            continue;
        }
        for insert in [true, false] {
            let write = if insert { atlas.insert(&mut stop) } else { atlas.save(&mut stop) };
            let error = refused(write.await, ErrorKind::InvalidKey);
            assert_eq!((error.record(), error.field()), (Some("Stop"), Some("label")));
            assert_eq!(error.constraint(), Some("by_label"));
        }
        assert_eq!(ok(atlas.get(Stop::key("l", 7)).await), None);
    }
}

/// The partition key of an index has the limit of every partition key.
pub(crate) async fn an_index_partition_has_a_limit(db: &dyn Database) {
    let cupboard = open::<Cupboard>(db).await.tenant(&acme());
    let room = PARTITION - "acme#".len();
    for (length, good) in [(room - 1, true), (room, true), (room + 1, false)] {
        let alias = "x".repeat(length);
        let mut bare = Bare { alias: Some(alias.clone()), ..Bare::new("n", "p") };
        if good {
            ok(cupboard.insert(&mut bare).await);
            let alias = alias.as_str();
            assert_query(db, &[bare.clone()], || cupboard.query(Bare::by_alias(alias))).await;
            assert!(ok(cupboard.delete(&bare).await));
        } else {
            let error = refused(cupboard.insert(&mut bare).await, ErrorKind::InvalidKey);
            assert_eq!((error.field(), error.constraint()), (Some("alias"), Some("by_alias")));
            assert!(bare.revision.is_new());
            assert_eq!(ok(cupboard.get(Bare::key("n", "p")).await), None);
            let query = cupboard.query(Bare::by_alias(alias.as_str()));
            refused(query.all().await, ErrorKind::InvalidKey);
        }
    }
}

/// A unique value is short enough to be the key of a guard, which an engine without unique indexes
/// keeps beside the record.
pub(crate) async fn a_unique_value_has_a_limit(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let room = PARTITION - "acme#$unique#Person#one_email#".len();
    for (length, good) in [(room - 1, true), (room, true), (room + 1, false)] {
        let mut person = Person::new(1, &"x".repeat(length));
        if good {
            ok(desk.insert(&mut person).await);
            assert!(ok(desk.delete(&person).await));
            continue;
        }
        let error = refused(desk.insert(&mut person).await, ErrorKind::InvalidKey);
        assert_eq!((error.field(), error.constraint()), (Some("email"), Some("one_email")));
        assert_eq!(ok(desk.get(Person::key(1)).await), None);
    }
}

/// The largest record that is stored, by probing: its bytes are the same on every engine.
async fn largest(cupboard: &Tenant<Cupboard>) -> usize {
    let (mut fits, mut refused) = (0, MAX_RECORD_BYTES + 1);
    while fits + 1 < refused {
        let middle = fits.midpoint(refused);
        let mut bare = Bare { data: vec![7; middle], ..Bare::new("n", "p") };
        match cupboard.insert(&mut bare).await {
            Ok(()) => {
                fits = middle;
                ok(cupboard.delete(&bare).await);
            }
            Err(_) => refused = middle,
        }
    }
    fits
}

/// A record larger than 400 KiB by keyloom's count is refused, on insert as on save; one byte less is
/// stored. The size is an upper bound, so some bytes under the limit are not to be had.
pub(crate) async fn a_record_has_a_limit(db: &dyn Database) {
    let cupboard = open::<Cupboard>(db).await.tenant(&acme());
    let most = largest(&cupboard).await;
    assert!(most < MAX_RECORD_BYTES, "{most}");
    assert!(most > MAX_RECORD_BYTES - 512, "the overhead is {}", MAX_RECORD_BYTES - most);
    for length in [most - 1, most] {
        let mut bare = Bare { data: vec![0xFF; length], ..Bare::new("n", "p") };
        ok(cupboard.insert(&mut bare).await);
        assert_eq!(ok(cupboard.get(Bare::key("n", "p")).await), Some(bare.clone()));
        let stored = bare.clone();
        bare.data = vec![1; most + 1];
        let error = refused(cupboard.save(&mut bare).await, ErrorKind::Limit);
        assert_eq!(error.record(), Some("Bare"));
        assert!(!error.is_retryable());
        assert_eq!(bare.revision, stored.revision);
        assert_eq!(ok(cupboard.get(Bare::key("n", "p")).await), Some(stored.clone()));
        assert!(ok(cupboard.delete(&stored).await));
    }
    let mut large = Bare { data: vec![0; most + 1], ..Bare::new("n", "p") };
    refused(cupboard.insert(&mut large).await, ErrorKind::Limit);
    let mut batch = [large.clone(), Bare::new("n", "q")];
    let mut outcomes = ok(cupboard.insert_all(&mut batch).await);
    ok(outcomes.pop().expect("two outcomes"));
    refused(outcomes.pop().expect("two outcomes"), ErrorKind::Limit);
    assert_eq!(ok(cupboard.query(Bare::partition("n")).count().await), 1);

    // Keys, index keys and the revision count too.
    let mut aliased = Bare { data: vec![0; most], ..Bare::new("n", "p") };
    aliased.alias = Some("a".to_owned());
    refused(cupboard.insert(&mut aliased).await, ErrorKind::Limit);
    let mut longer = Bare { data: vec![0; most], ..Bare::new("nn", "p") };
    refused(cupboard.insert(&mut longer).await, ErrorKind::Limit);
}

/// A query answers whatever the size of its result.
pub(crate) async fn a_large_result_is_answered_whole(db: &dyn Database) {
    let cupboard = open::<Cupboard>(db).await.tenant(&acme());
    let mut all: Vec<Bare> = (0..30)
        .map(|at| Bare { data: vec![at; 100_000], ..Bare::new("n", &format!("{at:02}")) })
        .collect();
    for outcome in ok(cupboard.insert_all(&mut all).await) {
        ok(outcome);
    }
    assert_eq!(ok(cupboard.query(Bare::partition("n")).all().await), all);
    assert_eq!(ok(cupboard.query(Bare::partition("n")).count().await), 30);
    let page = ok(cupboard.query(Bare::partition("n")).limit(29).page(None).await);
    assert_eq!(page.items, all[..29]);
    let keys = all.iter().map(|bare| Bare::key("n", bare.part.as_str()));
    let found: Vec<Bare> = ok(cupboard.get_many(keys).await).into_iter().flatten().collect();
    assert_eq!(found, all);
}
