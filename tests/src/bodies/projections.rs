//! Indexes that lack fields: a query returns whole records all the same.

use keyloom::ManualClock;

use crate::Database;
use crate::check::{Tenant, ok};
use crate::domain::depot::{Depot, Parcel};
use crate::domain::{acme, clock, open, open_at, second};
use crate::ways::{assert_answers, assert_query};

async fn parcels(depot: &Tenant<Depot>, count: u32) -> Vec<Parcel> {
    let mut parcels: Vec<Parcel> = (0..count).map(Parcel::new).collect();
    for outcome in ok(depot.insert_all(&mut parcels).await) {
        ok(outcome);
    }
    parcels
}

/// The records of an index in its order: by weight, then by id.
fn by_weight<'p>(parcels: impl IntoIterator<Item = &'p Parcel>) -> Vec<Parcel> {
    let mut sorted: Vec<Parcel> = parcels.into_iter().cloned().collect();
    sorted.sort_by_key(|parcel| (parcel.weight, parcel.id));
    sorted
}

/// Whole records come in the order of the index, in pages and streams, counted and limited.
pub(crate) async fn a_narrow_index_returns_whole_records(db: &dyn Database) {
    let depot = open::<Depot>(db).await.tenant(&acme());
    let parcels = parcels(&depot, 23).await;
    assert_query(db, &by_weight(&parcels), || depot.query(Parcel::by_state("open"))).await;
    let light = by_weight(parcels.iter().filter(|parcel| parcel.weight < 97));
    assert_query(db, &light, || depot.query(Parcel::by_state("open").weight(..97))).await;
    let owned: Vec<Parcel> =
        parcels.iter().filter(|parcel| parcel.owner.is_some()).cloned().collect();
    assert_query(db, &owned, || depot.query(Parcel::by_owner("zoe"))).await;
    assert_query(db, &by_weight(&parcels), || depot.query(Parcel::by_weight("north"))).await;
}

/// A filter sees every field of the record, whether the index holds it or not.
pub(crate) async fn a_filter_sees_fields_that_an_index_lacks(db: &dyn Database) {
    let depot = open::<Depot>(db).await.tenant(&acme());
    let parcels = parcels(&depot, 23).await;
    let kept = |keep: &dyn Fn(&Parcel) -> bool| by_weight(parcels.iter().filter(|p| keep(p)));
    let open = || depot.query(Parcel::by_state("open"));
    let noted = kept(&|parcel| parcel.note.is_some());
    assert_query(db, &noted, || open().filter(Parcel::NOTE.is_present())).await;
    let cheap = kept(&|parcel| parcel.price < 0 && parcel.weight > 95);
    let condition = Parcel::PRICE.lt(0).and(Parcel::WEIGHT.gt(95_u32));
    assert_answers(db, &cheap, || open().filter(condition.clone())).await;
    let tagged = kept(&|parcel| parcel.tags.contains("t1"));
    assert_answers(db, &tagged, || open().filter(Parcel::TAGS.contains("t1"))).await;
    let roomed = kept(&|parcel| parcel.rooms.contains(&"room 2".to_owned()));
    assert_answers(db, &roomed, || open().filter(Parcel::ROOMS.contains("room 2"))).await;
    let heavy = kept(&|parcel| parcel.weight >= 99);
    assert_query(db, &heavy, || open().filter(Parcel::WEIGHT.ge(99_u32))).await;

    let owned = |keep: &dyn Fn(&Parcel) -> bool| -> Vec<Parcel> {
        parcels.iter().filter(|p| p.owner.is_some() && keep(p)).cloned().collect()
    };
    let zoe = || depot.query(Parcel::by_owner("zoe"));
    let noted = owned(&|parcel| parcel.note.is_some());
    assert_query(db, &noted, || zoe().filter(Parcel::NOTE.is_present())).await;
    let tagged = owned(&|parcel| !parcel.tags.contains("t1") && parcel.price > 0);
    let condition = (!Parcel::TAGS.contains("t1")).and(Parcel::PRICE.gt(0));
    assert_query(db, &tagged, || zoe().filter(condition.clone())).await;
}

/// An index that lacks fields follows every save, and leaves out what is gone or has expired.
pub(crate) async fn a_narrow_index_follows_the_records(db: &dyn Database) {
    let clock: ManualClock = clock();
    let depot = open_at::<Depot>(db, &clock).await.tenant(&acme());
    let mut parcels = parcels(&depot, 5).await;
    "done".clone_into(&mut parcels[1].state);
    parcels[2].price = 77;
    parcels[3].until = Some(second(10));
    for parcel in &mut parcels[1..4] {
        ok(depot.save(parcel).await);
    }
    ok(depot.delete(&parcels[4]).await);
    let open = || depot.query(Parcel::by_state("open"));
    let expected = by_weight([&parcels[0], &parcels[2], &parcels[3]]);
    assert_query(db, &expected, open).await;
    let dear = || open().filter(Parcel::PRICE.eq(77));
    assert_query(db, &parcels[2..3], dear).await;
    assert_query(db, &parcels[1..2], || depot.query(Parcel::by_state("done"))).await;
    clock.set(second(10));
    let expected = by_weight([&parcels[0], &parcels[2]]);
    assert_query(db, &expected, open).await;
}
