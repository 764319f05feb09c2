//! A cursor is the same on every engine: one made on either goes on on the other.

use std::collections::BTreeSet;

use keyloom::store::Queryable;
use keyloom::{
    Cursor, ManualClock, OfTenant, QueryRequest, Revision, Scope, Selection, Table, Timestamp,
};
use keyloom_conformance::{Database, block_on, second};

use super::InLostFile;
use super::domain::{Account, Item, Memo, Programs, State, Task};
use crate::conformance::{InDynamoDb, InMemory};

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
        votes: None,
        log: None,
        marks: BTreeSet::new(),
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
    let databases: [Box<dyn Database>; 3] =
        [Box::new(InMemory::new()), Box::new(InLostFile::new()), Box::new(InDynamoDb::new())];
    block_on(async {
        let tenant = Account::from("a#🦀");
        // The stamps are part of the records that are compared.
        let clock = ManualClock::new(second(0));
        let mut scopes = Vec::new();
        for database in &databases {
            let store = Programs::open(database.engine()).clock(clock.clone()).await.unwrap();
            scopes.push(store.tenant(&tenant));
            fill(&scopes[scopes.len() - 1]).await;
        }
        let lag = databases.iter().map(|database| database.index_lag()).max().unwrap_or_default();
        databases[0].pause(lag).await;
        let [memory, sqlite, dynamodb] = &scopes[..] else {
            unreachable!("three are opened");
        };
        for (first, second) in
            [(memory, sqlite), (sqlite, memory), (sqlite, dynamodb), (dynamodb, memory)]
        {
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
