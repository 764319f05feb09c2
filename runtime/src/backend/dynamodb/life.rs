//! The options of [`DynamoDb`] that say what opening may do to the table.

use std::time::Duration;

use super::DynamoDb;
use super::create::CreateTable;

/// What opening a table does beside looking at it.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) create: Option<CreateTable>,
    pub(super) add_indexes: bool,
    pub(super) unchecked: bool,
    /// How long a table or an index that is being made is waited for.
    pub(super) patience: Duration,
}

impl Default for Life {
    fn default() -> Self {
        let patience = Duration::from_mins(10);
        Self { create: None, add_indexes: false, unchecked: false, patience }
    }
}

impl DynamoDb {
    /// Creates the DynamoDB table if there is none, and waits until it can be used.
    ///
    /// Without this a table that does not exist is refused. One that exists is left as it is, whatever
    /// the options say; if several programs create it at once, one of them does and the others wait.
    ///
    /// A table that was made in another way fits if it has the string keys `pk` and `sk` and the indexes of
    /// the schema. Without time to live on `_ttl` it works as well, but keeps what has expired,
    /// which is never read and is still paid for.
    ///
    /// ```no_run
    /// # use keyloom::{Record, Table};
    /// # #[derive(Record)]
    /// # #[record(global, partition = "notes", sort = "{id}")]
    /// # struct Note { id: u32, text: String }
    /// # #[derive(Table)]
    /// # #[table(name = "notes", records(Note))]
    /// # struct Notes;
    /// use keyloom::dynamodb::{CreateTable, DynamoDb, sdk};
    ///
    /// # async fn run(client: sdk::Client) -> keyloom::Result<()> {
    /// let engine = DynamoDb::new(client).create_table(CreateTable::on_demand().tag("team", "blue"));
    /// let store = Notes::open(engine).await?;
    /// # Ok(()) }
    /// ```
    pub fn create_table(mut self, table: CreateTable) -> Self {
        self.life.create = Some(table);
        self
    }

    /// Adds the indexes that the schema has and the table lacks, one after the other, and waits until
    /// they can be used; without this such a table is refused.
    ///
    /// Records that are stored already are given the keys of the indexes that their type has gained:
    /// the whole table is read for that, which costs as much and takes its time, and nothing else is
    /// written. If it is interrupted, the next open begins it anew and writes only what is left.
    ///
    /// A program that does not know the index does not keep its keys right, so call this after the last
    /// of them has ended.
    pub fn add_missing_indexes(mut self) -> Self {
        self.life.add_indexes = true;
        self
    }

    /// Opens without looking at the table, creating it or changing it: for credentials that may read and
    /// write records only, such as those of one tenant.
    ///
    /// A table that does not fit is then found out by requests that fail, or worse, by keys that
    /// another program does not find.
    ///
    /// Opening needs the actions `DescribeTable`, `DescribeTimeToLive` and `GetItem` otherwise, the last
    /// one for the item `#$schema` alone; `PutItem` or `UpdateItem` too when the schema has something
    /// new that this item is to tell.
    pub fn unchecked(mut self) -> Self {
        self.life.unchecked = true;
        self
    }

    /// How long opening waits for a table that is being created, or for each index that is being
    /// added; ten minutes unless said otherwise.
    ///
    /// After it opening fails as [`Unavailable`](crate::ErrorKind::Unavailable), and can be tried again:
    /// DynamoDB goes on by itself.
    pub fn table_deadline(mut self, deadline: Duration) -> Self {
        self.life.patience = deadline;
        self
    }
}
