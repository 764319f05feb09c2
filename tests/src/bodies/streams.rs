//! Streams: events in an order without holes.

use std::future::IntoFuture as _;
use std::time::Duration;

use futures_util::future::{join, join_all};
use keyloom::ErrorKind;

use crate::check::{Tenant, ok, refused};
use crate::domain::forum::{Event, Forum, ShelfItem};
use crate::domain::{acme, clock, open, open_at, second};
use crate::{Database, eventually, poll_times};

fn kinds(events: &[Event]) -> Vec<(u64, &str)> {
    events.iter().map(|event| (event.number, &*event.kind)).collect()
}

async fn appended(forum: &Tenant<Forum>, paper: u32, count: usize) -> Vec<Event> {
    let mut events: Vec<Event> =
        (0..count).map(|at| Event::new(paper, &format!("e{}", at + 1))).collect();
    for events in events.chunks_mut(98) {
        ok(forum.stream(Event::stream("s", paper)).append_all(events).await);
    }
    events
}

/// Events are numbered from one, stamped, and read as they were appended, in streams of their own.
pub(crate) async fn events_are_numbered_and_read(db: &dyn Database) {
    let clock = clock();
    let store = open_at::<Forum>(db, &clock).await;
    let forum = store.tenant(&acme());
    let stream = forum.stream(Event::stream("s", 1));
    assert_eq!(ok(stream.last_seq().await), 0);
    assert_eq!(ok(stream.read_from(1).await), []);
    let mut events = Vec::new();
    for (at, kind) in ["made", "read", "moved"].into_iter().enumerate() {
        let mut event = Event::new(1, kind);
        assert_eq!(ok(stream.append(&mut event).await), at as u64 + 1);
        events.push(event);
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(kinds(&events), [(1, "made"), (2, "read"), (3, "moved")]);
    assert_eq!(events[2].at, second(2));
    assert_eq!(ok(stream.last_seq().await), 3);
    assert_eq!(ok(stream.read_from(0).await), events);
    assert_eq!(ok(stream.read_from(2).await), events[1..]);
    assert_eq!(ok(stream.read_from(2).limit(1).await), events[1..2]);
    assert_eq!(ok(stream.read_from(4).await), []);
    assert_eq!(ok(forum.get(Event::key("s", 1, 2)).await), Some(events[1].clone()));
    let of_kind = async || ok(forum.query(Event::by_kind("read")).all().await);
    eventually(db, vec![events[1].clone()], of_kind).await;

    let mut other = Event::new(2, "made");
    assert_eq!(ok(forum.stream(Event::stream("s", 2)).append(&mut other).await), 1);
    let theirs = store.tenant(&"other".into());
    let mut their = Event { account: "other".into(), ..Event::new(1, "made") };
    assert_eq!(ok(theirs.stream(Event::stream("s", 1)).append(&mut their).await), 1);
    assert_eq!(ok(stream.last_seq().await), 3);
    let shelf = ok(forum.query(ShelfItem::partition("s")).all().await);
    assert_eq!(shelf.len(), 4);
}

/// Many events are appended all or none, in order; an event of another stream or tenant is refused.
pub(crate) async fn many_events_are_appended_together(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let stream = forum.stream(Event::stream("s", 1));
    let mut events: Vec<Event> = (1..=98).map(|at| Event::new(1, &format!("e{at}"))).collect();
    assert_eq!(ok(stream.append_all(&mut events).await), 98);
    assert!(events.iter().zip(1..).all(|(event, number)| event.number == number));
    assert_eq!(ok(stream.append_all(&mut []).await), 98);
    let mut more = events.clone();
    more.push(Event::new(1, "one too many"));
    refused(stream.append_all(&mut more).await, ErrorKind::Limit);

    let mut mixed = [Event::new(1, "a"), Event::new(2, "b")];
    refused(stream.append_all(&mut mixed).await, ErrorKind::InvalidKey);
    let mut theirs = Event { account: "other".into(), ..Event::new(1, "x") };
    refused(stream.append(&mut theirs).await, ErrorKind::TenantMismatch);
    assert_eq!((mixed[0].number, theirs.number), (0, 0));
    let large = "x".repeat(401 * 1024);
    let mut large = Event { text: Some(large), ..Event::new(1, "large") };
    refused(stream.append(&mut large).await, ErrorKind::Limit);
    assert_eq!(ok(stream.read_from(1).limit(200).await), events);
}

/// An append that expects another last number is a conflict that says both.
pub(crate) async fn an_append_can_expect_the_last_number(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let stream = forum.stream(Event::stream("s", 1));
    let mut event = Event::new(1, "first");
    let error = refused(stream.append(&mut event).expect(1).await, ErrorKind::Conflict);
    let conflict = error.sequence_conflict().expect("it says both numbers");
    assert_eq!((conflict.expected, conflict.actual), (1, 0));
    assert_eq!((error.record(), event.number), (Some("Event"), 0));
    assert_eq!(ok(stream.append(&mut event).expect(0).await), 1);
    let mut two = [Event::new(1, "a"), Event::new(1, "b")];
    assert_eq!(ok(stream.append_all(&mut two).expect(1).await), 3);
    let error = refused(stream.append(&mut event).expect(1).await, ErrorKind::Conflict);
    let conflict = error.sequence_conflict().expect("it says both numbers");
    assert_eq!((conflict.expected, conflict.actual), (1, 3));
    assert_eq!(ok(stream.append(&mut event).await), 4);
    assert_eq!(ok(stream.last_seq().await), 4);
}

/// An event with a key is appended once while the key is kept, and answers its number ever after.
pub(crate) async fn an_append_with_a_key_is_made_once(db: &dyn Database) {
    let clock = clock();
    let forum = open_at::<Forum>(db, &clock).await.tenant(&acme());
    let stream = forum.stream(Event::stream("s", 1));
    appended(&forum, 1, 2).await;
    let mut event = Event::new(1, "once");
    assert_eq!(ok(stream.append_once("k", &mut event).await), 3);
    appended(&forum, 1, 1).await;
    let mut again = Event::new(1, "once");
    assert_eq!((ok(stream.append_once("k", &mut again).await), again.number), (3, 3));
    let mut other = Event::new(1, "other");
    assert_eq!(
        ok(stream.append_once("l", &mut other).keep_key_for(Duration::from_secs(9)).await),
        5
    );
    let mut elsewhere = Event::new(2, "once");
    assert_eq!(ok(forum.stream(Event::stream("s", 2)).append_once("k", &mut elsewhere).await), 1);
    let mut late = Event::new(1, "late");
    let error = refused(stream.append_once("m", &mut late).expect(2).await, ErrorKind::Conflict);
    assert_eq!(error.sequence_conflict().map(|conflict| conflict.actual), Some(5));
    refused(stream.append(&mut late).expect(u64::MAX).await, ErrorKind::Conflict);
    assert_eq!(ok(stream.append_once("k", &mut again).expect(2).await), 3);
    clock.advance(Duration::from_secs(9));
    assert_eq!(ok(stream.append_once("l", &mut other).await), 6);
    assert_eq!(ok(stream.append_once("k", &mut again).await), 3);
    assert_eq!(ok(stream.last_seq().await), 6);
}

/// What is trimmed is read no more, the numbers go on, and a second trim finds nothing to do.
pub(crate) async fn a_stream_is_trimmed(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let stream = forum.stream(Event::stream("s", 1));
    assert_eq!(ok(stream.trim_through(5).await), 0);
    let events = appended(&forum, 1, 12).await;
    appended(&forum, 2, 3).await;
    assert_eq!(ok(stream.trim_through(5).await), 5);
    assert_eq!(ok(stream.read_from(1).await), events[5..]);
    assert_eq!(ok(stream.read_from(8).await), events[7..]);
    assert_eq!(ok(stream.trim_through(3).await), 0);
    assert_eq!(ok(stream.keep_last(3).await), 4);
    assert_eq!(ok(stream.read_from(1).await), events[9..]);
    assert_eq!(ok(stream.keep_last(30).await), 0);
    assert_eq!(ok(stream.trim_through(99).await), 3);
    assert_eq!(ok(stream.read_from(1).await), []);
    assert_eq!(ok(stream.last_seq().await), 12);
    let mut next = Event::new(1, "next");
    assert_eq!(ok(stream.append(&mut next).await), 13);
    assert_eq!(ok(stream.read_from(1).await), [next]);
    assert_eq!(ok(forum.stream(Event::stream("s", 2)).read_from(1).await).len(), 3);
}

/// A page of a stream ends at its limit, and the next one goes on behind it.
pub(crate) async fn a_long_stream_is_read_in_pages(db: &dyn Database) {
    let forum = open::<Forum>(db).await.tenant(&acme());
    let stream = forum.stream(Event::stream("s", 1));
    let events = appended(&forum, 1, 250).await;
    let mut read = Vec::new();
    loop {
        let page = ok(stream.read_from(read.len() as u64 + 1).await);
        if page.is_empty() {
            break;
        }
        assert!(page.len() == 100 || read.len() == 200);
        read.extend(page);
    }
    assert_eq!(read, events);
}

/// Fifty appends at once over two handles are the numbers one to fifty.
pub(crate) async fn appends_at_once_leave_no_hole(db: &dyn Database) {
    let handles = [open::<Forum>(db).await, open::<Forum>(db).await];
    let appends = (0..50).map(|at| {
        let forum = handles[at % 2].tenant(&acme());
        async move {
            let mut event = Event::new(1, &format!("{at}"));
            let number = ok(forum.stream(Event::stream("s", 1)).append(&mut event).await);
            assert_eq!(number, event.number);
            event
        }
    });
    let mut events = join_all(appends).await;
    events.sort_by_key(|event| event.number);
    let numbers: Vec<u64> = events.iter().map(|event| event.number).collect();
    assert_eq!(numbers, (1..=50).collect::<Vec<u64>>());
    let stream = handles[0].tenant(&acme());
    assert_eq!(ok(stream.stream(Event::stream("s", 1)).read_from(1).await), events);
}

/// An append that is dropped halfway keeps nobody else waiting, and is there or not.
pub(crate) async fn a_dropped_append_holds_nobody(db: &dyn Database) {
    let store = open::<Forum>(db).await;
    let forum = store.tenant(&acme());
    let stream = forum.stream(Event::stream("s", 1));
    for polls in 0..12 {
        let (mut dropped, mut next) = (Event::new(1, "dropped"), Event::new(1, "next"));
        let leaves = poll_times(stream.append(&mut dropped).into_future(), polls);
        let stays = stream.append(&mut next).into_future();
        let number = ok(join(leaves, stays).await.1);
        assert!(number <= ok(stream.last_seq().await));
    }
    let last = ok(stream.last_seq().await);
    let events = ok(stream.read_from(1).limit(1_000).await);
    assert_eq!(events.len() as u64, last);
    assert!(events.iter().zip(1..).all(|(event, number)| event.number == number));
    assert_eq!(events.iter().filter(|event| event.kind == "next").count(), 12);
}
