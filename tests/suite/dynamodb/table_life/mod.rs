//! The life of a table: created, refused, grown, and read whole.

mod created;
mod grown;
mod refused;
mod scanned;

use std::fmt::Write as _;

use keyloom::dynamodb::{CreateTable, DynamoDb, sdk};
use keyloom::{Result, Revision, Store, Table};
use keyloom_dynamodb_engine::{Endpoint, Faults};

/// A version of the record `Task` and its table, as a module.
macro_rules! version {
    ($version:ident, [$($layout:tt)*], { $($fields:tt)* }) => {
        #[allow(dead_code, unused_imports, reason = "a version is often only opened")]
        mod $version {
            use super::*;
            use keyloom::{Record, Revision, Table, Timestamp};

            #[derive(Record, Clone, Debug, PartialEq)]
            #[record($($layout)*)]
            pub(crate) struct Task {
                $($fields)*
            }

            #[derive(Table)]
            #[table(name = "tasks", tenant = String, records(Task))]
            pub(crate) struct Tasks;
        }
    };
}
pub(crate) use version;

version!(base, [
    partition = "list#{list}",
    sort = "{id}",
    index(by_title, partition = "titles", sort = "{title}", slot = 1)
], {
    #[record(tenant)]
    pub(crate) owner: String,
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    #[record(expires)]
    pub(crate) expires: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

impl base::Task {
    fn new(id: u32) -> Self {
        Self {
            owner: "zoe".to_owned(),
            list: "l".to_owned(),
            id,
            title: format!("title {id}"),
            note: id.is_multiple_of(2).then(|| format!("note {}", id / 2)),
            expires: None,
            revision: Revision::ZERO,
        }
    }
}

/// A database of its own, behind a network that records and fails on command.
struct Place {
    endpoint: Endpoint,
    faults: Faults,
}

impl Place {
    fn new() -> Self {
        Self { endpoint: Endpoint::fresh(), faults: Faults::none() }
    }

    /// A place with a table of the base version and so many records of one tenant.
    async fn with(records: u32) -> Self {
        let place = Self::new();
        let store = base::Tasks::open(place.creating()).await.expect("it is created");
        let tasks = store.tenant(&"zoe".to_owned());
        let mut all: Vec<_> = (1..=records).map(base::Task::new).collect();
        for outcome in tasks.save_all(&mut all).await.expect("they are saved") {
            outcome.expect("it is saved");
        }
        place.faults.take();
        place
    }

    fn engine(&self) -> DynamoDb {
        let client = self.endpoint.client_with(&self.faults);
        DynamoDb::new(client).table_prefix(self.endpoint.prefix())
    }

    fn creating(&self) -> DynamoDb {
        self.engine().create_table(CreateTable::on_demand())
    }

    async fn open<T: Table>(&self) -> Result<Store<T>> {
        T::open(self.engine()).await
    }

    /// A client beside keyloom, whose requests are not recorded.
    fn client(&self) -> sdk::Client {
        self.endpoint.client()
    }

    fn table(&self) -> String {
        self.endpoint.table("tasks")
    }

    /// The requests since this was last asked, by their operations.
    fn operations(&self) -> Vec<String> {
        let exchanges = self.faults.take();
        exchanges.iter().map(|one| one.request().operation().to_owned()).collect()
    }

    /// The requests since this was last asked, whole.
    fn requests(&self) -> String {
        let mut shown = String::new();
        for exchange in self.faults.take() {
            let request = exchange.request();
            let json = serde_json::to_string_pretty(&request.json()).expect("it is JSON");
            writeln!(shown, "{} {json}", request.operation()).expect("it is text");
        }
        shown.replace(self.endpoint.prefix(), "")
    }

    /// Why the version `T` refuses the table, of which nothing may change.
    async fn refusal<T: Table>(&self, engine: DynamoDb) -> String {
        self.faults.take();
        let error = T::open(engine).await.map(drop).expect_err("it is refused");
        assert_eq!(error.kind(), keyloom::ErrorKind::SchemaMismatch, "{error:?}");
        assert!(!error.is_retryable());
        for operation in self.operations() {
            assert!(operation.starts_with("Describe") || operation == "GetItem", "{operation}");
        }
        error.to_string().replace(self.endpoint.prefix(), "")
    }
}
