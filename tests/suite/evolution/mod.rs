//! A program meets a file of another version of its records: what only adds is added, what would lose
//! or re-key data is refused with every difference named, and a refusal leaves the file as it was.

mod added;
mod refused;

use std::path::PathBuf;

use keyloom::sqlite::Sqlite;
use keyloom::{Error, ErrorKind, Global, Record, Revision, Scope, Table};
use tempfile::TempDir;

/// A version of the record `Item` and its table, as a module.
macro_rules! version {
    ($version:ident, [$($layout:tt)*], { $($fields:tt)* }) => {
        #[allow(dead_code, unused_imports, reason = "a version is often only opened")]
        mod $version {
            use super::*;

            #[derive(Record, Clone, Debug, PartialEq)]
            #[record($($layout)*)]
            pub(crate) struct Item {
                $($fields)*
            }

            #[derive(Table)]
            #[table(name = "evolving", records(Item))]
            pub(crate) struct Items;

        }
    };
}
pub(crate) use version;

version!(base, [global, partition = "list#{list}", sort = "{id}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

impl base::Item {
    fn new(id: u32, title: &str) -> Self {
        Self {
            list: "l".to_owned(),
            id,
            title: title.to_owned(),
            count: id * 10,
            note: Some("old".to_owned()),
            revision: Revision::ZERO,
        }
    }
}

struct File {
    directory: TempDir,
}

impl File {
    /// A file with some items of the base version.
    async fn with(titles: &[&str]) -> Self {
        let file = Self { directory: tempfile::tempdir().expect("a directory is made") };
        let items = file.open::<base::Items>().await.expect("it is made");
        for (id, title) in (1..).zip(titles) {
            items.insert(&mut base::Item::new(id, title)).await.expect("it is inserted");
        }
        file
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("items.db")
    }

    async fn open<T: Table>(&self) -> Result<Scope<T, Global>, Error> {
        T::open(Sqlite::at(self.path())).await.map(|store| store.global())
    }

    fn by_hand(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).expect("it opens")
    }

    fn execute(&self, sql: &str) {
        self.by_hand().execute_batch(sql).expect(sql);
    }

    /// The whole schema and every row, as text.
    fn dump(&self) -> String {
        let connection = self.by_hand();
        let lines = |sql: &str| -> Vec<String> {
            let mut statement = connection.prepare(sql).expect(sql);
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| {
                let cells = (0..columns).map(|at| Ok(format!("{:?}", row.get_ref(at)?)));
                Ok(cells.collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
            });
            rows.expect(sql).collect::<Result<_, _>>().expect(sql)
        };
        let mut dump = lines("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name");
        dump.extend(lines("SELECT * FROM Item"));
        dump.join("\n")
    }

    /// Why the version `T` refuses the file, which must stay as it was.
    async fn refusal<T: Table>(&self) -> String {
        let before = self.dump();
        let error = self.open::<T>().await.map(drop).expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error:?}");
        assert!(!error.is_retryable());
        assert_eq!(self.dump(), before, "the refusal changed the file");
        // Again, as a second start would.
        let again = self.open::<T>().await.map(drop).expect_err("it is refused");
        assert_eq!(again.to_string(), error.to_string());
        error.to_string()
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("it starts").block_on(future)
}
