//! Queries by every form of range, on primary keys and indexes.

use std::ops::{Bound, RangeBounds};

use keyloom::starts_with;

use crate::check::{Tenant, ok};
use crate::domain::atlas::{Atlas, Cell, Leg, Room, Stop, Word};
use crate::domain::{acme, open};
use crate::ways::assert_query;
use crate::{Database, eventually};

const NUMBERS: [u32; 10] = [0, 1, 2, 5, 10, 11, 55, 100, 1_000, u32::MAX];

/// Stops of one line, and others around it that no query of the line returns.
async fn stops(atlas: &Tenant<Atlas>, line: &str) -> Vec<Stop> {
    let mut stops = Vec::new();
    for number in NUMBERS {
        for other in ["", "k", "l#", "ll", "L", "m", "l "] {
            ok(atlas.insert(&mut Stop::new(other, number)).await);
        }
        stops.push(Stop::new(line, number));
    }
    // They are written in an order that is not the key's.
    for stop in stops.iter().rev() {
        ok(atlas.insert(&mut stop.clone()).await);
    }
    stops
}

fn within(stops: &[Stop], range: impl RangeBounds<u32>) -> Vec<Stop> {
    stops.iter().filter(|stop| range.contains(&stop.number)).cloned().collect()
}

/// `a..b`, `a..=b`, `a..`, `..b`, `..=b`, `..`, one value, and none, in every way to run a query.
/// Numbers in text order as numbers.
pub(crate) async fn ranges_of_a_primary_key(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let all = stops(&atlas, "l").await;
    let line = || Stop::partition("l");
    assert_query(db, &all, || atlas.query(line())).await;
    assert_query(db, &all, || atlas.query(line().number(..))).await;
    assert_query(db, &within(&all, 2..100), || atlas.query(line().number(2..100))).await;
    assert_query(db, &within(&all, 2..=100), || atlas.query(line().number(2..=100))).await;
    assert_query(db, &within(&all, 3..=99), || atlas.query(line().number(3..=99))).await;
    assert_query(db, &within(&all, 10..), || atlas.query(line().number(10..))).await;
    assert_query(db, &within(&all, ..11), || atlas.query(line().number(..11))).await;
    assert_query(db, &within(&all, ..=11), || atlas.query(line().number(..=11))).await;
    assert_query(db, &within(&all, 5..=5), || atlas.query(line().number(5))).await;
    assert_query(db, &[], || atlas.query(line().number(6))).await;
    assert_query(db, &[], || atlas.query(Stop::partition("x"))).await;
}

/// Bounds included, excluded and open, at and beside stored keys, all combinations.
pub(crate) async fn every_pair_of_bounds(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let all = stops(&atlas, "l").await;
    let mut bounds = vec![Bound::Unbounded];
    for number in [0, 1, 4, 5, 6, 100, u32::MAX] {
        bounds.extend([Bound::Included(number), Bound::Excluded(number)]);
    }
    for lower in &bounds {
        for upper in &bounds {
            let range = (*lower, *upper);
            let expected = within(&all, range);
            let query = || atlas.query(Stop::partition("l").number(range));
            assert_eq!(ok(query().all().await), expected, "{range:?}");
            assert_eq!(ok(query().newest_first().count().await), expected.len(), "{range:?}");
            let newest = ok(query().newest_first().first().await);
            assert_eq!(newest.as_ref(), expected.last(), "{range:?}");
        }
    }
}

/// A range whose end lies before its beginning holds nothing, as one whose ends meet.
#[expect(clippy::reversed_empty_ranges, reason = "empty ranges are what this body is about")]
pub(crate) async fn empty_ranges_hold_nothing(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    stops(&atlas, "l").await;
    let line = || Stop::partition("l");
    assert_query(db, &[], || atlas.query(line().number(5..5))).await;
    assert_query(db, &[], || atlas.query(line().number(100..5))).await;
    assert_query(db, &[], || atlas.query(line().number(100..=5))).await;
    assert_query(db, &[], || atlas.query(line().number(..0))).await;
    let after_last = (Bound::Excluded(u32::MAX), Bound::Unbounded);
    assert_query(db, &[], || atlas.query(line().number(after_last))).await;
    assert_query(db, &[], || atlas.query(Stop::by_zone("l").zone(3..-3))).await;
    assert_query(db, &[], || atlas.query(Leg::partition("r").major(2..1))).await;
    assert_query(db, &[], || atlas.query(Word::partition("l").text("b".."a"))).await;
}

/// Ranges on an index, whose numbers may be negative; equal index keys come in the order of the
/// primary key.
pub(crate) async fn ranges_of_an_index(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let zones = [-100, -99, -10, -9, -1, 0, 1, 9, 10, 99, 100, i32::MIN, i32::MAX];
    let mut all = Vec::new();
    for (at, zone) in zones.into_iter().enumerate() {
        for copy in [200, 100, 20] {
            let number = copy + u32::try_from(at).unwrap_or_default() * 1_000;
            let mut stop = Stop { zone, ..Stop::new("l", number) };
            ok(atlas.insert(&mut stop).await);
            ok(atlas.insert(&mut Stop { line: "k".to_owned(), ..stop.clone() }).await);
            all.push(stop);
        }
    }
    all.sort_by_key(|stop| (stop.zone, stop.number));
    let of = |range: (Bound<i32>, Bound<i32>)| -> Vec<Stop> {
        all.iter().filter(|stop| range.contains(&stop.zone)).cloned().collect()
    };
    let (at, after, open) =
        (Bound::Included::<i32>, Bound::Excluded::<i32>, Bound::Unbounded::<i32>);
    let zone = || Stop::by_zone("l");
    assert_query(db, &all, || atlas.query(zone())).await;
    assert_query(db, &of((at(-1), at(-1))), || atlas.query(zone().zone(-1))).await;
    assert_query(db, &of((at(-10), after(10))), || atlas.query(zone().zone(-10..10))).await;
    assert_query(db, &of((at(-10), at(10))), || atlas.query(zone().zone(-10..=10))).await;
    assert_query(db, &of((at(-9), open)), || atlas.query(zone().zone(-9..))).await;
    assert_query(db, &of((open, after(-9))), || atlas.query(zone().zone(..-9))).await;
    assert_query(db, &of((open, at(-9))), || atlas.query(zone().zone(..=-9))).await;
    let inner = (after(-10), after(10));
    assert_query(db, &of(inner), || atlas.query(zone().zone(inner))).await;
    let outer = (after(i32::MIN), at(i32::MAX));
    assert_query(db, &of(outer), || atlas.query(zone().zone(outer))).await;
}

/// An index without a sort template, and one whose only sort component is given, are ordered by the
/// primary key.
pub(crate) async fn equal_index_keys_come_in_primary_key_order(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let all = stops(&atlas, "l").await;
    assert_query(db, &all, || atlas.query(Stop::all_of("l"))).await;
    assert_query(db, &all, || atlas.query(Stop::by_zone("l").zone(0))).await;
    assert_query(db, &all, || atlas.query(Stop::by_zone("l").zone(0..1))).await;
    assert_query(db, &[], || atlas.query(Stop::all_of("x"))).await;
}

/// Equality from the left and one range last, at each component.
pub(crate) async fn ranges_at_each_component(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let mut all = Vec::new();
    for major in [1, 2, 10, u16::MAX] {
        for minor in [i16::MIN, -10, -2, 0, 2, 10] {
            for name in ["", "a", "a#", "a b", "aa", "b", "ä"] {
                all.push(Leg::new(major, minor, name));
            }
        }
    }
    let mut written = all.clone();
    written.reverse();
    for outcome in ok(atlas.insert_all(&mut written).await) {
        ok(outcome);
    }
    let of = |wanted: &dyn Fn(&Leg) -> bool| -> Vec<Leg> {
        // A space is the least of these characters, `#` the next.
        let mut found: Vec<Leg> = all.iter().filter(|leg| wanted(leg)).cloned().collect();
        found.sort_by(|a, b| {
            (a.major, a.minor, a.name.as_bytes()).cmp(&(b.major, b.minor, b.name.as_bytes()))
        });
        found
    };
    let route = || Leg::partition("r");
    assert_query(db, &of(&|_| true), || atlas.query(route())).await;
    assert_query(db, &of(&|leg| leg.major == 2), || atlas.query(route().major(2))).await;
    assert_query(db, &of(&|leg| (2..=10).contains(&leg.major)), || {
        atlas.query(route().major(2..=10))
    })
    .await;
    assert_query(db, &of(&|leg| leg.major == 2 && leg.minor < 0), || {
        atlas.query(route().major(2).minor(..0))
    })
    .await;
    assert_query(db, &of(&|leg| leg.major == 2 && leg.minor >= -2), || {
        atlas.query(route().major(2).minor(-2..))
    })
    .await;
    assert_query(db, &of(&|leg| leg.major == 2 && leg.minor == -10), || {
        atlas.query(route().major(2).minor(-10))
    })
    .await;
    let named = |leg: &Leg| (leg.major, leg.minor) == (10, 0);
    assert_query(db, &of(&|leg| named(leg) && ("a".."b").contains(&leg.name.as_str())), || {
        atlas.query(route().major(10).minor(0).name("a".."b"))
    })
    .await;
    assert_query(db, &of(&|leg| named(leg) && leg.name.starts_with('a')), || {
        atlas.query(route().major(10).minor(0).name(starts_with("a")))
    })
    .await;
    assert_query(db, &of(&|leg| named(leg) && leg.name == "a#"), || {
        atlas.query(route().major(10).minor(0).name("a#"))
    })
    .await;
    assert_query(db, &of(&|leg| named(leg) && leg.name.is_empty()), || {
        atlas.query(route().major(10).minor(0).name(""))
    })
    .await;
}

/// An index of two components, the first a range or equal.
pub(crate) async fn ranges_of_an_index_of_two_components(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let mut all = Vec::new();
    for (major, cost) in [(1, -5), (2, -5), (3, 0), (4, 7), (5, i64::MAX), (6, i64::MIN), (7, 7)] {
        for name in ["x", "y"] {
            let mut leg = Leg { cost, ..Leg::new(major, 0, name) };
            ok(atlas.insert(&mut leg).await);
            all.push(leg);
        }
    }
    all.sort_by(|a, b| (a.cost, &a.name, a.major).cmp(&(b.cost, &b.name, b.major)));
    let of = |wanted: &dyn Fn(&Leg) -> bool| -> Vec<Leg> {
        all.iter().filter(|leg| wanted(leg)).cloned().collect()
    };
    let costs = || Leg::by_cost("r");
    assert_query(db, &all, || atlas.query(costs())).await;
    assert_query(db, &of(&|leg| leg.cost == 7), || atlas.query(costs().cost(7))).await;
    assert_query(db, &of(&|leg| leg.cost < 7), || atlas.query(costs().cost(..7))).await;
    assert_query(db, &of(&|leg| leg.cost > -5), || {
        atlas.query(costs().cost((Bound::Excluded(-5), Bound::Unbounded)))
    })
    .await;
    assert_query(db, &of(&|leg| leg.cost == -5 && leg.name == "y"), || {
        atlas.query(costs().cost(-5).name("y"))
    })
    .await;
    assert_query(db, &of(&|leg| leg.cost == -5 && leg.name.as_str() >= "x"), || {
        atlas.query(costs().cost(-5).name("x"..))
    })
    .await;
}

const WORDS: [&str; 25] = [
    "",
    "sh",
    "sh#",
    "sh#1",
    "sh$",
    "sh%",
    "sh%23",
    "shp",
    "shop",
    "s",
    "5",
    "55",
    "5#5",
    "5 5",
    "%",
    "#",
    "$",
    "!",
    "~",
    "ä",
    "äb",
    "a\u{308}",
    "\u{10ffff}",
    "\u{10ffff}b",
    "\0x",
];

/// A prefix is one of text, never of its encoding; on the primary key and on an index with a literal
/// prefix of its own.
pub(crate) async fn prefixes_of_text(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let mut all: Vec<Word> = WORDS.iter().skip(1).map(|word| Word::new("l", word)).collect();
    for word in &mut all {
        ok(atlas.insert(word).await);
        for list in ["", "l#", "ll"] {
            ok(atlas.insert(&mut Word { list: list.to_owned(), ..word.clone() }).await);
        }
    }
    // The encoding keeps the order of bytes.
    all.sort_by(|a, b| a.text.as_bytes().cmp(b.text.as_bytes()));
    for prefix in WORDS.into_iter().chain(["x", "sho", "%2", "sh%2", "\u{10ffff}\u{10ffff}"]) {
        let expected: Vec<Word> =
            all.iter().filter(|word| word.text.starts_with(prefix)).cloned().collect();
        assert_query(db, &expected, || atlas.query(Word::partition("l").text(starts_with(prefix))))
            .await;
        assert_query(db, &expected, || atlas.query(Word::by_word("l").text(starts_with(prefix))))
            .await;
        let exact: Vec<Word> = all.iter().filter(|word| word.text == prefix).cloned().collect();
        if !prefix.is_empty() {
            assert_query(db, &exact, || atlas.query(Word::partition("l").text(prefix))).await;
        }
        assert_query(db, &exact, || atlas.query(Word::by_word("l").text(prefix))).await;
    }
}

/// Ranges of text compare bytes, whatever the characters.
pub(crate) async fn ranges_of_text(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let mut all: Vec<Word> = WORDS.iter().skip(1).map(|word| Word::new("l", word)).collect();
    for outcome in ok(atlas.insert_all(&mut all).await) {
        ok(outcome);
    }
    all.sort_by(|a, b| a.text.as_bytes().cmp(b.text.as_bytes()));
    for lower in WORDS {
        for upper in WORDS {
            let expected: Vec<Word> = all
                .iter()
                .filter(|word| (lower..upper).contains(&word.text.as_str()))
                .cloned()
                .collect();
            let found = ok(atlas.query(Word::partition("l").text(lower..upper)).all().await);
            assert_eq!(found, expected, "{lower:?}..{upper:?}");
            let range = (Bound::Excluded(lower), Bound::Included(upper));
            let holds = |text: &str| text > lower && text <= upper;
            let expected: Vec<Word> =
                all.iter().filter(|word| holds(&word.text)).cloned().collect();
            eventually(db, expected, async || {
                ok(atlas.query(Word::by_word("l").text(range)).all().await)
            })
            .await;
        }
    }
}

/// Optional fields in the primary key: `None` sorts first, is a value of its own, and is found.
pub(crate) async fn options_in_the_primary_key(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let mut all = Vec::new();
    for wing in [None, Some("e"), Some("east")] {
        for floor in [None, Some(-10), Some(-1), Some(0), Some(2)] {
            for door in [None, Some("a"), Some("b#")] {
                let mut room = Room::new(wing, floor, door);
                ok(atlas.insert(&mut room).await);
                all.push(room);
            }
        }
    }
    for room in &all {
        let key = || Room::key(room.wing.clone(), room.floor, room.door.clone());
        assert_eq!(ok(atlas.get(key()).await).as_ref(), Some(room));
    }
    let of = |wanted: &dyn Fn(&Room) -> bool| -> Vec<Room> {
        all.iter().filter(|room| wanted(room)).cloned().collect()
    };
    for wing in [None, Some("e"), Some("east"), Some("x")] {
        let house = || Room::partition(wing);
        let here = |room: &Room| room.wing.as_deref() == wing;
        assert_query(db, &of(&|room| here(room)), || atlas.query(house())).await;
        assert_query(db, &of(&|room| here(room) && room.floor.is_none()), || {
            atlas.query(house().floor(None::<i8>))
        })
        .await;
        assert_query(db, &of(&|room| here(room) && room.floor >= Some(-1)), || {
            atlas.query(house().floor(Some(-1)..))
        })
        .await;
        assert_query(db, &of(&|room| here(room) && room.floor < Some(0)), || {
            atlas.query(house().floor(..Some(0)))
        })
        .await;
        assert_query(
            db,
            &of(&|room| here(room) && room.floor == Some(2) && room.door.is_none()),
            || atlas.query(house().floor(Some(2)).door(None::<&str>)),
        )
        .await;
        assert_query(
            db,
            &of(&|room| here(room) && room.floor == Some(2) && room.door.is_some()),
            || atlas.query(house().floor(Some(2)).door(Some("a")..)),
        )
        .await;
    }
    // In the index `None` is not.
    let mut with_door = of(&|room| room.door.is_some());
    with_door.sort_by(|a, b| (&a.door, &a.wing, a.floor).cmp(&(&b.door, &b.wing, b.floor)));
    assert_query(db, &with_door, || atlas.query(Room::by_door())).await;
    let doors = with_door.iter().filter(|room| room.door.as_deref() == Some("b#"));
    let doors: Vec<Room> = doors.cloned().collect();
    assert_query(db, &doors, || atlas.query(Room::by_door().door("b#"))).await;
    assert!(ok(atlas.delete(Room::key(None::<&str>, None::<i8>, None::<&str>)).await));
    assert!(!ok(atlas.delete(Room::key(None::<&str>, None::<i8>, None::<&str>)).await));
    assert_eq!(ok(atlas.query(Room::partition(None::<&str>)).count().await), 14);
}

/// A normalised component is found in any spelling, and the field keeps its own; the width of a
/// template orders as the type's does.
pub(crate) async fn normalised_keys(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let mut all = Vec::new();
    for row in [-9_999, -10, 0, 7, 10, 9_999] {
        for column in ["Äpfel ", "apple", "  BETA"] {
            let mut cell = Cell::new(" Sheet", row, column);
            ok(atlas.insert(&mut cell).await);
            all.push(cell);
        }
    }
    all.sort_by_key(|cell| (cell.row, cell.column.trim().to_lowercase()));
    for spelling in ["sheet", " SHEET\t", "Sheet"] {
        assert_query(db, &all, || atlas.query(Cell::partition(spelling))).await;
    }
    let of = |wanted: &dyn Fn(&Cell) -> bool| -> Vec<Cell> {
        all.iter().filter(|cell| wanted(cell)).cloned().collect()
    };
    let sheet = || Cell::partition("SHEET");
    assert_query(db, &of(&|cell| cell.row > -11 && cell.row <= 10), || {
        atlas.query(sheet().row(-10..=10))
    })
    .await;
    assert_query(db, &of(&|cell| cell.row == 7 && cell.column == "Äpfel "), || {
        atlas.query(sheet().row(7).column(starts_with("  ÄP")))
    })
    .await;
    assert_query(db, &[], || atlas.query(sheet().row(7).column(starts_with("äp ")))).await;
    assert_query(db, &of(&|cell| cell.row == 7 && cell.column == "  BETA"), || {
        atlas.query(sheet().row(7).column("Beta "))
    })
    .await;
    let found = ok(atlas.get(Cell::key("SHEET", 7, "ÄPFEL")).await).expect("the cell is stored");
    assert_eq!((found.sheet.as_str(), found.column.as_str()), (" Sheet", "Äpfel "));
    let error = ok(atlas.insert_all(&mut [Cell::new("sheet", 7, "äpfel")]).await).pop();
    assert!(error.expect("one outcome").is_err());
    // A save in another spelling replaces the record, and its spelling.
    ok(atlas.save(&mut Cell::new("SHEET", 7, "ÄPFEL")).await);
    let found = ok(atlas.get(Cell::key("sheet", 7, "äpfel")).await).expect("the cell is stored");
    assert_eq!((found.sheet.as_str(), found.column.as_str()), ("SHEET", "ÄPFEL"));
    assert_eq!(ok(atlas.query(sheet()).count().await), all.len());
}
