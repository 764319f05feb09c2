//! Values and keys that not every engine holds are refused on each, and nothing is written.

use std::collections::BTreeMap;

use keyloom::ErrorKind;

use crate::Database;
use crate::check::{Tenant, ok, refused};
use crate::domain::atlas::{Atlas, Bare, Cell, Cupboard, Leg, Room, Stop};
use crate::domain::everything::{Choice, Everything, Shape, Warehouse};
use crate::domain::{acme, open};

/// Asserts that insert, save, insert-all and save-all refuse the record, naming the field, that the
/// struct stays as it was, and that nothing is stored.
async fn assert_refused(warehouse: &Tenant<Warehouse>, record: Everything, field: &str) {
    let before = format!("{record:?}");
    let mut records = [record.clone()];
    let mut record = record;
    for insert in [true, false] {
        let one = if insert { warehouse.insert(&mut record) } else { warehouse.save(&mut record) };
        let error = refused(one.await, ErrorKind::InvalidValue);
        assert_eq!((error.record(), error.field()), (Some("Everything"), Some(field)), "{error}");
        let many = if insert {
            warehouse.insert_all(&mut records)
        } else {
            warehouse.save_all(&mut records)
        };
        let outcome = ok(many.await).pop().expect("one outcome");
        assert_eq!(refused(outcome, ErrorKind::InvalidValue).field(), Some(field));
    }
    assert_eq!(format!("{record:?}"), before);
    assert_eq!(format!("{:?}", records[0]), before);
    assert_eq!(ok(warehouse.query(Everything::partition()).count().await), 0);
}

/// NaN, infinities and numbers that DynamoDB lacks, at the top and nested.
pub(crate) async fn odd_floats_are_refused(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let odd =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e126, -1e126, 9e-131, f64::MIN_POSITIVE];
    for odd in odd {
        let new = || Everything::new(1);
        let shape = || Shape { weight: Some(odd), ..Shape::default() };
        let inside = || Choice::Named { text: String::new(), shape: shape() };
        let cases = [
            ("real", Everything { real: odd, ..new() }),
            ("maybe_real", Everything { maybe_real: Some(odd), ..new() }),
            ("grid", Everything { grid: vec![vec![1.0], vec![1.0, odd]], ..new() }),
            ("shape", Everything { shape: shape(), ..new() }),
            ("choice", Everything { choice: inside(), ..new() }),
            ("choices", Everything { choices: vec![Choice::Nothing, inside()], ..new() }),
            ("by_number", Everything { by_number: BTreeMap::from([(1, vec![inside()])]), ..new() }),
            ("hashed", Everything { hashed: [("x".to_owned(), shape())].into(), ..new() }),
            ("maybe_shape", Everything { maybe_shape: Some(shape()), ..new() }),
        ];
        for (field, record) in cases {
            assert_refused(&warehouse, record, field).await;
        }
    }
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert_refused(&warehouse, Everything { single: odd, ..Everything::new(1) }, "single")
            .await;
        let singles = Everything { singles: [0.0, odd, 0.0], ..Everything::new(1) };
        assert_refused(&warehouse, singles, "singles").await;
    }
}

/// Integers above `i64::MAX`, at the top and nested.
pub(crate) async fn large_integers_are_refused(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    for large in [1_u64 << 63, u64::MAX] {
        let shape = Shape { big: large, ..Shape::default() };
        let inner = Shape { inner: Some(Box::new(shape.clone())), ..Shape::default() };
        let new = || Everything::new(1);
        assert_refused(&warehouse, Everything { quad: large, ..new() }, "quad").await;
        assert_refused(&warehouse, Everything { shape, ..new() }, "shape").await;
        let deep = Everything { maybe_shape: Some(inner), ..new() };
        assert_refused(&warehouse, deep, "maybe_shape").await;
    }
}

fn nested_shape(levels: usize) -> Shape {
    (1..levels).fold(Shape::default(), |inner, _| Shape {
        inner: Some(Box::new(inner)),
        ..Shape::default()
    })
}

/// Nesting of 32 levels is stored, of 33 refused. A `Shape` holds a tuple, which is a level too, and so
/// is what stands in the tuple.
pub(crate) async fn deep_nesting_is_refused(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let at = |levels| Everything { shape: nested_shape(levels), ..Everything::new(1) };
    assert_refused(&warehouse, at(31), "shape").await;
    assert_refused(&warehouse, at(100), "shape").await;
    // The list, the map of the variant's name and the map of its fields are three levels.
    let listed = |levels| Everything {
        choices: vec![Choice::Named { text: String::new(), shape: nested_shape(levels) }],
        ..Everything::new(2)
    };
    assert_refused(&warehouse, listed(28), "choices").await;
    for mut deepest in [at(30), listed(27)] {
        ok(warehouse.insert(&mut deepest).await);
        assert_eq!(ok(warehouse.get(Everything::key(deepest.id)).await), Some(deepest));
    }
}

/// The empty text is no key of a nested map.
pub(crate) async fn an_empty_map_key_is_refused(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let new = || Everything::new(1);
    let map = BTreeMap::from([(String::new(), 1), ("a".to_owned(), 2)]);
    assert_refused(&warehouse, Everything { map, ..new() }, "map").await;
    let hashed = [(String::new(), Shape::default())].into();
    assert_refused(&warehouse, Everything { hashed, ..new() }, "hashed").await;
}

/// A key of nothing at all is no key; of two components each may be empty.
pub(crate) async fn a_whole_key_that_is_empty_is_refused(db: &dyn Database) {
    let cupboard = open::<Cupboard>(db).await.tenant(&acme());
    for (name, part) in [("", "a"), ("a", ""), ("", "")] {
        let mut bare = Bare::new(name, part);
        for insert in [true, false] {
            let write = if insert { cupboard.insert(&mut bare) } else { cupboard.save(&mut bare) };
            assert_eq!(refused(write.await, ErrorKind::InvalidKey).record(), Some("Bare"));
        }
        refused(cupboard.get(Bare::key(name, part)).await, ErrorKind::InvalidKey);
        refused(cupboard.get_many([Bare::key(name, part)]).await, ErrorKind::InvalidKey);
        refused(cupboard.delete(Bare::key(name, part)).await, ErrorKind::InvalidKey);
        refused(cupboard.delete(&bare).await, ErrorKind::InvalidKey);
        assert_eq!(bare, Bare::new(name, part));
    }
    let mut aliased = Bare::new("a", "b");
    aliased.alias = Some(String::new());
    let error = refused(cupboard.insert(&mut aliased).await, ErrorKind::InvalidKey);
    assert_eq!(error.field(), Some("alias"));
    assert_eq!(ok(cupboard.query(Bare::partition("a")).count().await), 0);
}

/// An empty text in `Some` has no key of its own, because the empty component is `None`.
pub(crate) async fn an_empty_text_in_some_is_no_key_part(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    for (field, mut room) in
        [("wing", Room::new(Some(""), None, None)), ("door", Room::new(None, None, Some("")))]
    {
        let error = refused(atlas.insert(&mut room).await, ErrorKind::InvalidKey);
        assert_eq!((error.record(), error.field()), (Some("Room"), Some(field)));
        refused(atlas.save(&mut room).await, ErrorKind::InvalidKey);
        refused(atlas.delete(&room).await, ErrorKind::InvalidKey);
    }
    let key = Room::key(Some(""), None::<i8>, None::<&str>);
    let error = refused(atlas.get(key).await, ErrorKind::InvalidKey);
    assert_eq!(error.field(), Some("wing"));
    let query = atlas.query(Room::partition(Some("")));
    refused(query.all().await, ErrorKind::InvalidKey);
    assert_eq!(ok(atlas.query(Room::partition(None::<&str>)).count().await), 0);

    // In an index `Some` of an empty text would be the empty component, which means `None` too.
    let mut stop = Stop::new("l", 1);
    stop.label = Some(String::new());
    let error = refused(atlas.insert(&mut stop).await, ErrorKind::InvalidKey);
    assert_eq!(error.field(), Some("label"));
    assert_eq!(ok(atlas.get(Stop::key("l", 1)).await), None);
}

/// A number that needs more digits than its template's width is refused, never written unpadded.
pub(crate) async fn a_number_wider_than_its_template_is_refused(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    for row in [10_000, -10_000, i64::MAX, i64::MIN] {
        let error =
            refused(atlas.insert(&mut Cell::new("s", row, "c")).await, ErrorKind::InvalidKey);
        assert_eq!((error.record(), error.field()), (Some("Cell"), Some("row")));
        let error = refused(atlas.get(Cell::key("s", row, "c")).await, ErrorKind::InvalidKey);
        assert_eq!(error.field(), Some("row"));
        let query = atlas.query(Cell::partition("s").row(row..));
        assert_eq!(refused(query.all().await, ErrorKind::InvalidKey).field(), Some("row"));
    }
    for row in [9_999, -9_999] {
        ok(atlas.insert(&mut Cell::new("s", row, "c")).await);
    }
    assert_eq!(ok(atlas.query(Cell::partition("s")).count().await), 2);
}

/// A bad value in a selection is reported by each way to run the query.
pub(crate) async fn a_bad_value_in_a_query_is_refused(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    ok(atlas.insert(&mut Leg::new(1, 1, "a")).await);
    let cell = || Cell::partition("s").row(10_000);
    refused(atlas.query(cell()).all().await, ErrorKind::InvalidKey);
    refused(atlas.query(cell()).first().await, ErrorKind::InvalidKey);
    refused(atlas.query(cell()).count().await, ErrorKind::InvalidKey);
    refused(atlas.query(cell()).limit(0).all().await, ErrorKind::InvalidKey);
    refused(atlas.query(cell()).page(None).await, ErrorKind::InvalidKey);
    let filtered = || atlas.query(Stop::partition("l")).filter(Stop::WEIGHT.gt(f64::NAN));
    let error = refused(filtered().all().await, ErrorKind::InvalidValue);
    assert_eq!(error.field(), Some("weight"));
    refused(filtered().count().await, ErrorKind::InvalidValue);
    refused(filtered().page(None).await, ErrorKind::InvalidValue);
}
