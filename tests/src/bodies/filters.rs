//! Filters: two-valued, with exact limits.

use keyloom::{Condition, ErrorKind};

use crate::Database;
use crate::check::{Tenant, ok, refused};
use crate::domain::atlas::{Atlas, Stop};
use crate::domain::desk::{Desk, Status, Ticket};
use crate::domain::{acme, open, second};
use crate::ways::{assert_answers, assert_query};

/// Stops whose optional fields are absent in every third.
async fn stops(atlas: &Tenant<Atlas>) -> Vec<Stop> {
    let labels =
        ["", "a", "ab", "b", "A", "ä", "a\0b", "\0", "100%", "under_score", "sh#1", "sh", "🦀"];
    let mut stops = Vec::new();
    for number in 0..39_u32 {
        let at = number as usize;
        let text = labels[at / 3];
        stops.push(Stop {
            zone: i32::try_from(number).unwrap_or_default() - 10,
            name: text.to_owned(),
            label: (!at.is_multiple_of(3) && !text.is_empty()).then(|| text.to_owned()),
            tags: labels[..at % 5].iter().map(|tag| (*tag).to_owned()).collect(),
            weight: (at % 3 != 1).then(|| f64::from(number) / 4.0 - 2.0),
            flag: (at % 3 != 2).then_some(at.is_multiple_of(2)),
            code: (!at.is_multiple_of(3)).then(|| text.as_bytes().to_vec()),
            ..Stop::new("l", number)
        });
    }
    for outcome in ok(atlas.insert_all(&mut stops).await) {
        ok(outcome);
    }
    stops
}

/// Asserts that a condition keeps exactly what `keeps` says, and its negation exactly the rest, on the
/// primary key and on an index.
async fn assert_keeps(
    db: &dyn Database,
    atlas: &Tenant<Atlas>,
    stops: &[Stop],
    condition: Condition<Stop>,
    keeps: impl Fn(&Stop) -> bool,
) {
    let (kept, left): (Vec<Stop>, Vec<Stop>) = stops.iter().cloned().partition(keeps);
    let line = || atlas.query(Stop::partition("l"));
    assert_answers(db, &kept, || line().filter(condition.clone())).await;
    assert_answers(db, &left, || line().filter(!condition.clone())).await;
    assert_answers(db, &kept, || line().filter(!!condition.clone())).await;
    assert_answers(db, &kept, || atlas.query(Stop::by_zone("l")).filter(condition.clone())).await;
    assert_answers(db, &left, || atlas.query(Stop::all_of("l")).filter(!condition.clone())).await;
}

/// Each comparison on a field that is always there.
pub(crate) async fn comparisons_filter(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let all = stops(&atlas).await;
    for zone in [-11, -10, -1, 0, 1, 28, 29] {
        assert_keeps(db, &atlas, &all, Stop::ZONE.eq(zone), |stop| stop.zone == zone).await;
        assert_keeps(db, &atlas, &all, Stop::ZONE.ne(zone), |stop| stop.zone != zone).await;
        assert_keeps(db, &atlas, &all, Stop::ZONE.lt(zone), |stop| stop.zone < zone).await;
        assert_keeps(db, &atlas, &all, Stop::ZONE.le(zone), |stop| stop.zone <= zone).await;
        assert_keeps(db, &atlas, &all, Stop::ZONE.gt(zone), |stop| stop.zone > zone).await;
        assert_keeps(db, &atlas, &all, Stop::ZONE.ge(zone), |stop| stop.zone >= zone).await;
    }
    // A key field is a field like any other.
    assert_keeps(db, &atlas, &all, Stop::NUMBER.ge(30_u32), |stop| stop.number >= 30).await;
    assert_keeps(db, &atlas, &all, Stop::LINE.eq("l"), |_| true).await;
}

/// One of several values, of one, of none; more than DynamoDB takes are refused everywhere.
pub(crate) async fn one_of_several_values_filters(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let all = stops(&atlas).await;
    for zones in [&[][..], &[3], &[-10, 3, 28, 99], &[5, 5]] {
        let one = Stop::ZONE.one_of(zones.iter().copied());
        assert_keeps(db, &atlas, &all, one, |stop| zones.contains(&stop.zone)).await;
    }
    let labels = ["a", "🦀", ""];
    let keeps = |stop: &Stop| stop.label.as_deref().is_some_and(|label| labels.contains(&label));
    assert_keeps(db, &atlas, &all, Stop::LABEL.one_of(labels), keeps).await;
    let within = Stop::NAME.ne("b").and(Stop::ZONE.one_of([1, 2]).or(Stop::ZONE.one_of([4])));
    let keeps = |stop: &Stop| stop.name != "b" && [1, 2, 4].contains(&stop.zone);
    assert_keeps(db, &atlas, &all, within, keeps).await;
    assert_keeps(db, &atlas, &all, Stop::ZONE.one_of(-100..0), |stop| stop.zone < 0).await;
    let codes = Stop::CODE.one_of([&b"a"[..], b"ab"]).or(Stop::FLAG.one_of([true]));
    let keeps =
        |stop: &Stop| stop.flag == Some(true) || matches!(stop.code.as_deref(), Some(b"a" | b"ab"));
    assert_keeps(db, &atlas, &all, codes, keeps).await;
    // The first that is wrong is told, however many come behind it.
    let weights = Stop::WEIGHT.one_of([f64::NAN, 1.0]);
    let error = refused(
        atlas.query(Stop::partition("l")).filter(weights).all().await,
        ErrorKind::InvalidValue,
    );
    assert_eq!(error.field(), Some("weight"));
    assert!(!error.to_string().contains("100"), "{error}");
    let line = atlas.query(Stop::partition("l")).filter(Stop::ZONE.one_of(-100..=0));
    let error = refused(line.all().await, ErrorKind::InvalidValue);
    assert_eq!(error.field(), Some("zone"));
}

/// Text compares byte by byte, `contains` and `starts_with` included; no character is special.
pub(crate) async fn text_filters_compare_bytes(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let all = stops(&atlas).await;
    let texts = [
        "",
        "a",
        "b",
        "A",
        "ä",
        "\0",
        "a\0",
        "a\0b",
        "%",
        "_",
        "0%",
        "sh",
        "#",
        "🦀",
        "\u{10ffff}",
    ];
    for text in texts {
        let named = |test: fn(&str, &str) -> bool| move |stop: &Stop| test(&stop.name, text);
        assert_keeps(db, &atlas, &all, Stop::NAME.eq(text), named(|name, text| name == text)).await;
        assert_keeps(db, &atlas, &all, Stop::NAME.lt(text), named(|name, text| name < text)).await;
        assert_keeps(db, &atlas, &all, Stop::NAME.ge(text), named(|name, text| name >= text)).await;
        let condition = Stop::NAME.contains(text);
        assert_keeps(db, &atlas, &all, condition, named(|name, text| name.contains(text))).await;
        let condition = Stop::NAME.starts_with(text);
        assert_keeps(db, &atlas, &all, condition, named(|name, text| name.starts_with(text))).await;
    }
}

/// An absent field equals nothing, is unequal to everything, and neither orders nor contains.
pub(crate) async fn absent_fields_are_two_valued(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let all = stops(&atlas).await;
    for text in ["", "a", "ab", "zz"] {
        let label = move |test: fn(&str, &str) -> bool| {
            move |stop: &Stop| stop.label.as_deref().is_some_and(|label| test(label, text))
        };
        assert_keeps(db, &atlas, &all, Stop::LABEL.eq(text), label(|label, text| label == text))
            .await;
        let not = |stop: &Stop| stop.label.as_deref() != Some(text);
        assert_keeps(db, &atlas, &all, Stop::LABEL.ne(text), not).await;
        assert_keeps(db, &atlas, &all, Stop::LABEL.lt(text), label(|label, text| label < text))
            .await;
        assert_keeps(db, &atlas, &all, Stop::LABEL.le(text), label(|label, text| label <= text))
            .await;
        assert_keeps(db, &atlas, &all, Stop::LABEL.gt(text), label(|label, text| label > text))
            .await;
        assert_keeps(db, &atlas, &all, Stop::LABEL.ge(text), label(|label, text| label >= text))
            .await;
        let condition = Stop::LABEL.contains(text);
        assert_keeps(db, &atlas, &all, condition, label(|label, text| label.contains(text))).await;
        let condition = Stop::LABEL.starts_with(text);
        assert_keeps(db, &atlas, &all, condition, label(|label, text| label.starts_with(text)))
            .await;
    }
    assert_keeps(db, &atlas, &all, Stop::LABEL.is_present(), |stop| stop.label.is_some()).await;
    assert_keeps(db, &atlas, &all, Stop::LABEL.is_absent(), |stop| stop.label.is_none()).await;
}

/// Floats, booleans and bytes, each absent in some records; `-0.0` in a condition is `0.0`.
pub(crate) async fn other_types_filter(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let all = stops(&atlas).await;
    for weight in [-2.0, -0.0, 0.0, 0.25, 7.5, 1e100] {
        let than = move |test: fn(f64, f64) -> bool| {
            move |stop: &Stop| stop.weight.is_some_and(|own| test(own, weight))
        };
        assert_keeps(db, &atlas, &all, Stop::WEIGHT.gt(weight), than(|own, other| own > other))
            .await;
        assert_keeps(db, &atlas, &all, Stop::WEIGHT.le(weight), than(|own, other| own <= other))
            .await;
        let equal = than(|own, other| own.partial_cmp(&other) == Some(std::cmp::Ordering::Equal));
        assert_keeps(db, &atlas, &all, Stop::WEIGHT.eq(weight), equal).await;
    }
    for flag in [false, true] {
        let equal = |stop: &Stop| stop.flag == Some(flag);
        assert_keeps(db, &atlas, &all, Stop::FLAG.eq(flag), equal).await;
        assert_keeps(db, &atlas, &all, Stop::FLAG.ne(flag), |stop| !equal(stop)).await;
    }
    for code in [&b""[..], b"a", b"ab", b"\xFF"] {
        let equal = |stop: &Stop| stop.code.as_deref() == Some(code);
        assert_keeps(db, &atlas, &all, Stop::CODE.eq(code), equal).await;
        let less = |stop: &Stop| stop.code.as_deref().is_some_and(|own| own < code);
        assert_keeps(db, &atlas, &all, Stop::CODE.lt(code), less).await;
    }
}

/// A list contains a whole element, never a part of one.
pub(crate) async fn lists_contain_whole_elements(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let all = stops(&atlas).await;
    for tag in ["", "a", "ab", "b", "A", "ä", "[", "\"", ",", "a\",\"ab"] {
        let has = |stop: &Stop| stop.tags.iter().any(|own| own == tag);
        assert_keeps(db, &atlas, &all, Stop::TAGS.contains(tag), has).await;
    }
}

/// `and`, `or` and `not` nest; several filters on one query all hold.
pub(crate) async fn conditions_combine(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    let all = stops(&atlas).await;
    let (low, labelled, heavy) = (Stop::ZONE.lt(5), Stop::LABEL.is_present(), Stop::WEIGHT.gt(0.0));
    let is_low = |stop: &Stop| stop.zone < 5;
    let is_labelled = |stop: &Stop| stop.label.is_some();
    let is_heavy = |stop: &Stop| stop.weight.is_some_and(|weight| weight > 0.0);

    let both = low.clone().and(labelled.clone());
    assert_keeps(db, &atlas, &all, both, |stop| is_low(stop) && is_labelled(stop)).await;
    let either = low.clone().or(heavy.clone());
    assert_keeps(db, &atlas, &all, either, |stop| is_low(stop) || is_heavy(stop)).await;
    let nested = !(low.clone().and(!labelled.clone())).or(heavy.clone().and(low.clone()));
    let expected =
        |stop: &Stop| !((is_low(stop) && !is_labelled(stop)) || (is_heavy(stop) && is_low(stop)));
    assert_keeps(db, &atlas, &all, nested, expected).await;

    let expected: Vec<Stop> = all
        .iter()
        .filter(|stop| is_low(stop) && is_labelled(stop) && is_heavy(stop))
        .cloned()
        .collect();
    assert_query(db, &expected, || {
        let query = atlas.query(Stop::partition("l"));
        query.filter(low.clone()).filter(labelled.clone()).filter(heavy.clone())
    })
    .await;
}

/// A limit counts records that pass, however few of many they are.
pub(crate) async fn a_limit_counts_what_passes(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut tickets: Vec<_> = (0..400).map(|id| Ticket::new("b", id)).collect();
    for (at, ticket) in tickets.iter_mut().enumerate() {
        ticket.status = if at % 97 == 5 { Status::Closed } else { Status::Open };
        ticket.priority = i32::try_from(at).unwrap_or_default();
        ticket.due = (at % 50 == 1).then(|| second(1));
    }
    for outcome in ok(desk.insert_all(&mut tickets).await) {
        ok(outcome);
    }
    let closed: Vec<_> =
        tickets.iter().filter(|ticket| ticket.status == Status::Closed).cloned().collect();
    assert_eq!(closed.len(), 5);
    assert_query(db, &closed, || {
        desk.query(Ticket::partition("b")).filter(Ticket::STATUS.eq(Status::Closed))
    })
    .await;
    let due: Vec<_> = tickets
        .iter()
        .filter(|ticket| ticket.due.is_some() && ticket.status == Status::Open)
        .cloned()
        .collect();
    assert_query(db, &due, || {
        desk.query(Ticket::by_status(Status::Open)).filter(Ticket::DUE.eq(second(1)))
    })
    .await;
    assert_query(db, &[], || {
        desk.query(Ticket::partition("b")).filter(Ticket::TITLE.eq("no such title"))
    })
    .await;
}

/// A value that no engine holds cannot be compared with.
pub(crate) async fn a_filter_refuses_what_no_field_holds(db: &dyn Database) {
    let atlas = open::<Atlas>(db).await.tenant(&acme());
    stops(&atlas).await;
    for weight in [f64::NAN, f64::INFINITY, 1e126] {
        let query = || atlas.query(Stop::partition("l")).filter(Stop::WEIGHT.lt(weight));
        let error = refused(query().all().await, ErrorKind::InvalidValue);
        assert_eq!((error.record(), error.field()), (Some("Stop"), Some("weight")));
        refused(query().first().await, ErrorKind::InvalidValue);
    }
}
