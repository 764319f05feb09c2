//! A cursor is the same on every engine: one made on either goes on on the other.

use keyloom::memory::Memory;
use keyloom::store::Queryable;
use keyloom::{
    Cursor, ManualClock, OfTenant, QueryRequest, Revision, Scope, Selection, Table, Timestamp,
};
use keyloom_conformance::block_on;

use super::domain::{Account, Item, Memo, Programs, State, Task};

type Owned = Scope<Programs, OfTenant<Account>>;

fn task(name: &str, part: i8) -> Task {
    Task {
        account: Account::from("a#🦀"),
        list: "l#ä".to_owned(),
        name: name.to_owned(),
        part,
        state: State::Open,
        rank: i32::from(part) % 2,
        owner: Some("%".to_owned()),
        due: Timestamp::from_micros(i64::from(part)),
        title: format!(" Title {name}"),
        tags: Vec::new(),
        weight: None,
        revision: Revision::ZERO,
        created: Timestamp::default(),
        updated: Timestamp::default(),
    }
}

async fn fill(scope: &Owned) {
    for name in ["", "x", "x#y", "Ω \0"] {
        for part in -3..3 {
            scope.insert(&mut task(name, part)).await.unwrap();
        }
        let mut memo = Memo {
            account: Account::from("a#🦀"),
            list: "l#ä".to_owned(),
            name: name.to_owned(),
            colour: Some("red".to_owned()),
            text: None,
            created: Timestamp::default(),
            updated: Timestamp::default(),
        };
        scope.insert(&mut memo).await.unwrap();
    }
}

/// Reads page by page, each page on the other engine than the one before.
async fn alternate<S>(first: &Owned, second: &Owned, select: impl Fn() -> S, newest: bool)
where
    S: Selection,
    S::Output: Queryable<Programs, OfTenant<Account>> + PartialEq + std::fmt::Debug,
{
    fn ordered<'s, O: Send + 's>(
        request: QueryRequest<'s, O>,
        newest: bool,
    ) -> QueryRequest<'s, O> {
        if newest { request.newest_first() } else { request }
    }
    let whole = ordered(first.query(select()), newest).all().await.unwrap();
    assert!(whole.len() >= 4, "{}", whole.len());
    for size in 1..=4 {
        let mut found = Vec::new();
        let mut cursor: Option<Cursor> = None;
        for at in 0.. {
            let (scope, other) = if at % 2 == 0 { (first, second) } else { (second, first) };
            let query = |scope| ordered(Owned::query(scope, select()), newest).limit(size);
            let page = query(scope).page(cursor.as_ref()).await.unwrap();
            let same = query(other).page(cursor.as_ref()).await.unwrap();
            assert_eq!(page, same);
            found.extend(page.items);
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, whole, "pages of {size}");
    }
}

#[test]
fn a_cursor_goes_on_on_another_engine() {
    let directory = tempfile::tempdir().unwrap();
    block_on(async {
        let tenant = Account::from("a#🦀");
        // The stamps are part of the records that are compared.
        let clock = ManualClock::new(Timestamp::default());
        let memory = Programs::open(Memory::new()).clock(clock.clone()).await.unwrap();
        let sqlite = Programs::open(super::sqlite(&directory)).clock(clock).await.unwrap();
        let (memory, sqlite) = (memory.tenant(&tenant), sqlite.tenant(&tenant));
        fill(&memory).await;
        fill(&sqlite).await;
        for (first, second) in [(&memory, &sqlite), (&sqlite, &memory)] {
            for newest in [false, true] {
                alternate(first, second, || Task::partition("l#ä"), newest).await;
                alternate(first, second, || Task::partition("l#ä").name("x"..), newest).await;
                alternate(first, second, || Task::by_state(State::Open), newest).await;
                alternate(first, second, || Task::by_state(State::Open).rank(-1), newest).await;
                alternate(first, second, || Task::by_owner("%"), newest).await;
                alternate(first, second, Task::by_title, newest).await;
                alternate(first, second, || Memo::by_colour("l#ä").colour("red"), newest).await;
                alternate(first, second, || Item::partition("l#ä"), newest).await;
            }
        }
    });
}
