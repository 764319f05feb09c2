//! Operations of several requests of which one fails, at every step: the old state or the new one, never
//! a mixture, and who tries again ends right.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::join_all;
use keyloom::{ErrorKind, Result};
use keyloom_dynamodb_engine::faults::Loss;
use keyloom_dynamodb_engine::{Fault, Faults};

use super::{All, Counter, Event, Named, OfDesk, Paper, Place, Purse, Subject, Ticket, open};

/// Long enough for a request on a busy machine; what always fails takes as long.
const DEADLINE: Duration = Duration::from_millis(400);

/// An operation on records of a number of its own, and what can be seen of them.
trait Operation {
    /// What is stored, the same for each number.
    type State: Debug + PartialEq;

    /// Whether a run where everything fails until the deadline ends by then.
    const ENDS: bool = true;

    /// Whether the operation is allowed to fail and leave this state, so that the next goes on with it.
    fn may_leave(_: &Self::State) -> bool {
        false
    }

    async fn prepare(scope: &All, id: u32);
    async fn run(scope: &All, id: u32) -> Result<()>;
    async fn state(scope: &All, id: u32) -> Self::State;
}

/// How many runs there were, and how many of them ended well, unknown, and not applied.
#[derive(Clone, Copy, Default)]
struct Tally {
    runs: usize,
    fine: usize,
    unknown: usize,
    failed: usize,
    halfway: usize,
}

/// One fault, at each step in turn until the operation is done before it comes.
async fn steps<O: Operation>(
    place: &Place,
    what: &str,
    first: u32,
    (name, fault): &(&str, Fault),
    always: bool,
    [old, new]: [&O::State; 2],
) -> Tally {
    let faults = Faults::none();
    let scope = open(place.engine(&faults).deadline(DEADLINE)).await;
    let calm = place.calm().await;
    let mut tally = Tally::default();
    for step in 0.. {
        let id = first + step;
        assert!(step < 64, "{what} never ends");
        let what = format!("{what}: {name} at step {step}, always: {always}");
        O::prepare(&calm, id).await;
        let (own, at) = (fault.clone(), step as usize);
        faults.set(move |_, n| if n == at || always && n > at { own.clone() } else { Fault::Pass });
        faults.take();
        let told = tokio::time::timeout(DEADLINE * 20, O::run(&scope, id)).await;
        let told = told.unwrap_or_else(|_| panic!("{what} hangs"));
        let sent = faults.take().len();
        faults.clear();
        let state = O::state(&calm, id).await;
        let halfway = O::may_leave(&state) && state != *new;
        tally.runs += 1;
        match &told {
            Ok(()) => {
                assert_eq!(state, *new, "{what}: a false success");
                tally.fine += 1;
            }
            Err(error) if error.kind() == ErrorKind::UnknownOutcome => {
                assert!(state == *old || state == *new || halfway, "{what}: {state:?}");
                tally.unknown += 1;
            }
            Err(error) => {
                let kinds = [ErrorKind::Unavailable, ErrorKind::Throttled, ErrorKind::Contended];
                assert!(kinds.contains(&error.kind()), "{what}: {error}");
                let may = state == *old || O::may_leave(&state);
                assert!(may, "{what}: a false failure: {error}, {state:?}");
                tally.failed += 1;
            }
        }
        tally.halfway += usize::from(halfway);
        // On a busy machine the time may be too short even without a fault: then it is tried once more.
        if sent <= at && told.is_ok() {
            return tally;
        }
        let mut tries = 0;
        while O::state(&calm, id).await != *new {
            let told = O::run(&scope, id).await;
            tries += 1;
            assert!(told.is_ok() || tries < 8, "{what}, again: {told:?}");
        }
    }
    tally
}

/// Every fault at every step, once and from there on always.
async fn at_every_step<O: Operation>(what: &str) {
    let place = Place::new().await;
    let calm = place.calm().await;
    O::prepare(&calm, 1).await;
    let old = O::state(&calm, 1).await;
    O::run(&calm, 1).await.unwrap_or_else(|error| panic!("{what} without a fault: {error}"));
    let new = O::state(&calm, 1).await;
    assert_ne!(old, new, "{what} does something");
    let faults = [
        ("500", Fault::internal_error(false)),
        ("500, applied", Fault::internal_error(true)),
        ("throttled", Fault::throttled()),
        ("request lost", Fault::LoseRequest(Loss::Reset)),
        ("answer lost", Fault::LoseAnswer(Loss::Closed)),
    ];
    let cases = faults.iter().flat_map(|fault| [(fault, false), (fault, true)]);
    let cases = cases.filter(|(_, always)| O::ENDS || !always);
    let runs = (1..).zip(cases).map(|(at, (fault, always))| {
        let states = [&old, &new];
        steps::<O>(&place, what, at * 1_000, fault, always, states)
    });
    let mut all = Tally::default();
    for tally in join_all(runs).await {
        all.runs += tally.runs;
        all.fine += tally.fine;
        all.unknown += tally.unknown;
        all.failed += tally.failed;
        all.halfway += tally.halfway;
    }
    println!(
        "{what}: {} runs, {} fine, {} unknown, {} not applied, {} half-way, 0 false",
        all.runs, all.fine, all.unknown, all.failed, all.halfway
    );
}

/// A named record: its value and name, and whether the old and the new name are held.
#[derive(Debug, PartialEq)]
struct NamedState {
    stored: Option<(u64, &'static str)>,
    held: [bool; 2],
}

fn names(id: u32) -> [String; 2] {
    [format!("old {id}"), format!("new {id}")]
}

fn old_named(id: u32) -> Named {
    Named { name: format!("old {id}"), ..Named::blank(id) }
}

async fn named_state(scope: &All, id: u32) -> NamedState {
    let [old, new] = names(id);
    let stored = scope.get(Named::key(id)).await.unwrap();
    let stored = stored.map(|named| match named.name {
        name if name == old => (named.value, "old"),
        name if name == new => (named.value, "new"),
        name => panic!("{name}"),
    });
    NamedState { stored, held: [is_held(scope, id, old).await, is_held(scope, id, new).await] }
}

/// Whether a name is held, which a record tells that tries to take it.
async fn is_held(scope: &All, id: u32, name: String) -> bool {
    let mut probe = Named { name, ..Named::blank(1_000_000 + id) };
    match scope.insert(&mut probe).await {
        Ok(()) => {
            assert!(scope.delete(&probe).await.unwrap());
            false
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::UniqueViolation, "{error}");
            true
        }
    }
}

macro_rules! on_named {
    ($($(#[$doc:meta])* $operation:ident($prepared:expr): |$scope:ident, $id:ident| $run:expr;)*) => {$(
        $(#[$doc])*
        struct $operation;

        impl Operation for $operation {
            type State = NamedState;

            async fn prepare(scope: &All, id: u32) {
                if $prepared {
                    scope.insert(&mut old_named(id)).await.unwrap();
                }
            }

            async fn run($scope: &All, $id: u32) -> Result<()> {
                $run
            }

            async fn state(scope: &All, id: u32) -> NamedState {
                named_state(scope, id).await
            }
        }
    )*};
}

on_named! {
    UniqueInsert(false): |scope, id| scope.insert(&mut old_named(id)).await;
    UniqueSave(true): |scope, id| {
        let mut named = old_named(id);
        // Its revision is known without a read.
        named.revision = keyloom::Revision::new(1);
        named.name = format!("new {id}");
        named.value = 1;
        scope.save(&mut named).await
    };
    UniqueUpdate(true): |scope, id| {
        let update = scope.update(Named::key(id)).set(Named::NAME, format!("new {id}"));
        update.add(Named::VALUE, 1).await.map(drop)
    };
    UniqueDelete(true): |scope, id| {
        let mut named = old_named(id);
        named.revision = keyloom::Revision::new(1);
        scope.delete(&named).await.map(drop)
    };
    UniqueDeleteByKey(true): |scope, id| scope.delete(Named::key(id)).await.map(drop);
    /// A part of it is read first, and it has a token.
    Commit(true): |scope, id| {
        let patch = Named::key(id).patch().set(Named::NAME, format!("new {id}"));
        let mut event = Event::new(id, "committed");
        scope
            .transaction()
            .check_absent(Purse::key(id))
            .update(patch.add(Named::VALUE, 1))
            .append(&mut event)
            .idempotency_token(format!("token {id}"))
            .commit()
            .await
            .map(drop)
    };
}

/// An update that reads first: the key of an index has a field that it adds to.
struct UpdateByRead;

impl Operation for UpdateByRead {
    type State = (u64, usize);

    async fn prepare(scope: &All, id: u32) {
        scope.insert(&mut Counter { value: 10, ..Counter::blank(id) }).await.unwrap();
    }

    async fn run(scope: &All, id: u32) -> Result<()> {
        scope.update(Counter::key(id)).add(Counter::VALUE, 1).await.map(drop)
    }

    async fn state(scope: &All, id: u32) -> Self::State {
        let stored = scope.get(Counter::key(id)).await.unwrap().expect("it is stored");
        let found = scope.query(Counter::by_value().value(stored.value).id(id)).count();
        (stored.value, found.await.unwrap())
    }
}

/// An update where nothing is stored, so that it inserts.
struct UpdateOrInsert;

impl Operation for UpdateOrInsert {
    type State = Option<(i64, u64)>;

    async fn prepare(_: &All, _: u32) {}

    async fn run(scope: &All, id: u32) -> Result<()> {
        let update = scope.update(Purse::key(id)).add(Purse::COINS, 1);
        update.or_insert(Purse::new(id, 7)).await.map(drop)
    }

    async fn state(scope: &All, id: u32) -> Self::State {
        let stored = scope.get(Purse::key(id)).await.unwrap();
        stored.map(|purse| (purse.coins, purse.revision.get()))
    }
}

/// The mark is raised first; the events below it are hidden then, whether removed or not.
struct Trim;

/// What a reader sees, and what is stored still.
type Trimmed = (Vec<u64>, u64);

impl Operation for Trim {
    type State = Trimmed;

    fn may_leave((seen, _): &Trimmed) -> bool {
        *seen == [31, 32]
    }

    async fn prepare(scope: &All, id: u32) {
        let mut events: Vec<_> = (0..32).map(|n| Event::new(id, n.to_string())).collect();
        scope.stream(Event::stream(id)).append_all(&mut events).await.unwrap();
    }

    async fn run(scope: &All, id: u32) -> Result<()> {
        scope.stream(Event::stream(id)).trim_through(30).await.map(drop)
    }

    async fn state(scope: &All, id: u32) -> Trimmed {
        let stream = scope.stream(Event::stream(id));
        let seen = stream.read_from(1).await.unwrap();
        assert_eq!(stream.last_seq().await.unwrap(), 32);
        let stored = scope.query(Event::partition(id)).count().await.unwrap();
        (seen.into_iter().map(|event| event.number).collect(), stored as u64)
    }
}

/// Whatever is left of it is removed by the next.
struct DeletePartition;

impl Operation for DeletePartition {
    type State = (usize, usize);

    fn may_leave((own, others): &(usize, usize)) -> bool {
        *own < 30 && *others == 1
    }

    async fn prepare(scope: &All, id: u32) {
        let mut tickets: Vec<_> = (0..30).map(|_| Ticket::new(id, "")).collect();
        for told in scope.insert_all(&mut tickets).await.unwrap() {
            told.unwrap();
        }
        // Another partition, which stays.
        scope.insert(&mut Ticket::new(1_000_000 + id, "")).await.unwrap();
    }

    async fn run(scope: &All, id: u32) -> Result<()> {
        scope.delete_partition(OfDesk::partition(id)).await.map(drop)
    }

    async fn state(scope: &All, id: u32) -> Self::State {
        let own = scope.query(Ticket::partition(id)).count().await.unwrap();
        (own, scope.query(Ticket::partition(1_000_000 + id)).count().await.unwrap())
    }
}

async fn texts(scope: &All, id: u32) -> Vec<(u64, String)> {
    let events = scope.stream(Event::stream(id)).read_from(1).await.unwrap();
    events.into_iter().map(|event| (event.number, event.text)).collect()
}

macro_rules! on_streams {
    ($($operation:ident: |$stream:ident, $event:ident| $run:expr;)*) => {$(
        struct $operation;

        impl Operation for $operation {
            type State = Vec<(u64, String)>;

            async fn prepare(scope: &All, id: u32) {
                scope.stream(Event::stream(id)).append(&mut Event::new(id, "old")).await.unwrap();
            }

            async fn run(scope: &All, id: u32) -> Result<()> {
                let $stream = scope.stream(Event::stream(id));
                let mut new = Event::new(id, "new");
                let $event = &mut new;
                $run.await.map(drop)
            }

            async fn state(scope: &All, id: u32) -> Self::State {
                texts(scope, id).await
            }
        }
    )*};
}

on_streams! {
    Append: |stream, event| stream.append(event);
    AppendExpecting: |stream, event| stream.append(event).expect(1);
    AppendOnce: |stream, event| stream.append_once("key", event);
}

/// A number, and then the record.
struct NumberedInsert;

impl Operation for NumberedInsert {
    type State = usize;

    // Each number is asked for under a deadline of its own.
    const ENDS: bool = false;

    async fn prepare(_: &All, _: u32) {}

    async fn run(scope: &All, id: u32) -> Result<()> {
        scope.insert(&mut Ticket::new(id, "")).await
    }

    async fn state(scope: &All, id: u32) -> usize {
        let stored = scope.query(Ticket::partition(id)).all().await.unwrap();
        assert!(stored.iter().all(|ticket| ticket.number > 0));
        stored.len()
    }
}

/// A paper: whether it is to be seen, whether it is stored, and whether its title is held.
type PaperState = (bool, bool, bool);

async fn paper_state(scope: &All, id: u32) -> PaperState {
    let seen = scope.get(Paper::key(id)).await.unwrap().is_some();
    let stored = scope.get(Paper::key(id)).with_deleted().await.unwrap().is_some();
    let mut probe = paper(1_000_000 + id);
    probe.title = format!("title {id}");
    let held = scope.insert(&mut probe).await.is_err();
    if !held {
        assert!(scope.purge(Paper::key(1_000_000 + id)).await.unwrap());
    }
    (seen, stored, held)
}

fn paper(id: u32) -> Paper {
    let revision = keyloom::Revision::ZERO;
    Paper { id, title: format!("title {id}"), deleted: None, revision }
}

macro_rules! on_papers {
    ($($operation:ident(deleted: $deleted:expr): |$scope:ident, $id:ident| $run:expr;)*) => {$(
        struct $operation;

        impl Operation for $operation {
            type State = PaperState;

            async fn prepare(scope: &All, id: u32) {
                scope.insert(&mut paper(id)).await.unwrap();
                if $deleted {
                    assert!(scope.delete(Paper::key(id)).await.unwrap());
                }
            }

            async fn run($scope: &All, $id: u32) -> Result<()> {
                $run.await.map(drop)
            }

            async fn state(scope: &All, id: u32) -> PaperState {
                paper_state(scope, id).await
            }
        }
    )*};
}

on_papers! {
    SoftDelete(deleted: false): |scope, id| scope.delete(Paper::key(id));
    Restore(deleted: true): |scope, id| scope.restore(Paper::key(id));
    Purge(deleted: true): |scope, id| scope.purge(Paper::key(id));
}

macro_rules! at_every_step {
    ($($test:ident: $($operation:ident)*;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            $(at_every_step::<$operation>(stringify!($operation)).await;)*
        }
    )*};
}

at_every_step! {
    unique_values: UniqueInsert UniqueSave UniqueUpdate UniqueDelete UniqueDeleteByKey;
    updates: UpdateByRead UpdateOrInsert;
    transactions: Commit;
    appends: Append AppendExpecting AppendOnce;
    numbers: NumberedInsert;
    removals: Trim DeletePartition;
    soft_deletes: SoftDelete Restore Purge;
}
