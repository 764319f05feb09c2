//! Cursors under a key: only its holder can make one.

use keyloom::memory::Memory;
use keyloom::{Cursor, ErrorKind, Record, Store, Table};

#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "lines", sort = "{n}")]
struct Line {
    n: u32,
}

#[derive(Table)]
#[table(name = "lines", records(Line))]
struct Lines;

async fn next(store: &Store<Lines>, cursor: Option<&Cursor>) -> keyloom::Result<(u32, Cursor)> {
    let global = store.global();
    let page = global.query(Line::partition()).limit(1).page(cursor).await?;
    Ok((page.items[0].n, page.cursor.expect("a full page has a cursor")))
}

#[tokio::test]
async fn a_cursor_is_valid_under_its_own_key_only() {
    let memory = Memory::new();
    let plain = Lines::open(memory.clone()).await.unwrap();
    let signed = Lines::open(memory.clone()).cursor_key(*b"one key").await.unwrap();
    let other = Lines::open(memory).cursor_key(*b"another key").await.unwrap();
    plain.global().insert_all(&mut [1, 2, 3].map(|n| Line { n })).await.unwrap();

    let stores = [&plain, &signed, &other];
    for (maker, store) in stores.iter().enumerate() {
        let (_, cursor) = next(store, None).await.unwrap();
        for (reader, store) in stores.iter().enumerate() {
            let answer = next(store, Some(&cursor)).await.map(|(n, _)| n);
            match answer {
                Ok(n) => assert_eq!((maker, n), (reader, 2)),
                Err(error) => {
                    assert_ne!(maker, reader);
                    assert_eq!(error.kind(), ErrorKind::InvalidCursor);
                }
            }
        }
    }
}
