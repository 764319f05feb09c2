//! Hand-written rusqlite: cached statements, columns by position, nothing in between.

use std::path::Path;
use std::sync::{Arc, Mutex};

use bench_core::{CREATE_TABLE, Durability, Error, Key, Library, PAGE, Result, TENANT, now_micros};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

const INSERT: &str = "INSERT INTO message (tenant, conversation, seq, role, body, tags, revision, \
    created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const GET: &str = "SELECT tenant, conversation, seq, role, body, tags, revision, created_at, \
    updated_at FROM message WHERE tenant = ?1 AND conversation = ?2 AND seq = ?3";
const SCAN: &str = "SELECT tenant, conversation, seq, role, body, tags, revision, created_at, \
    updated_at FROM message WHERE tenant = ?1 AND conversation = ?2 ORDER BY seq";
const PAGE_OF: &str = "SELECT tenant, conversation, seq, role, body, tags, revision, created_at, \
    updated_at FROM message WHERE tenant = ?1 AND conversation = ?2 ORDER BY seq DESC LIMIT ?3";
const SAVE: &str = "UPDATE message SET role = ?4, body = ?5, tags = ?6, revision = ?7, \
    updated_at = ?8 WHERE tenant = ?1 AND conversation = ?2 AND seq = ?3 AND revision = ?9";

const UPDATE: &str = "UPDATE message SET body = ?4, revision = revision + 1, updated_at = ?5 WHERE \
    tenant = ?1 AND conversation = ?2 AND seq = ?3 RETURNING tenant, conversation, seq, role, body, \
    tags, revision, created_at, updated_at";

struct Message {
    tenant: String,
    conversation: String,
    seq: i64,
    role: String,
    body: String,
    tags: Vec<String>,
    revision: i64,
    created_at: i64,
    updated_at: i64,
}

impl From<bench_core::Message> for Message {
    fn from(message: bench_core::Message) -> Self {
        let bench_core::Message { tenant, conversation, seq, role, body, tags } = message;
        let (revision, created_at, updated_at) = (0, 0, 0);
        Self { tenant, conversation, seq, role, body, tags, revision, created_at, updated_at }
    }
}

impl Message {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let tags = serde_json::from_str(row.get_ref(5)?.as_str()?).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(5, Type::Text, error.into())
        })?;
        Ok(Self {
            tenant: row.get(0)?,
            conversation: row.get(1)?,
            seq: row.get(2)?,
            role: row.get(3)?,
            body: row.get(4)?,
            tags,
            revision: row.get(6)?,
            created_at: row.get(7)?,
            updated_at: row.get(8)?,
        })
    }
}

struct Raw(Connection);

impl Raw {
    fn get(&self, key: &Key) -> Result<Message> {
        let mut get = self.0.prepare_cached(GET)?;
        Ok(get.query_row(params![TENANT, key.conversation, key.seq], Message::from_row)?)
    }

    fn save(&self, message: &mut Message, body: &str) -> Result<()> {
        body.clone_into(&mut message.body);
        let tags = serde_json::to_string(&message.tags)?;
        let updated_at = now_micros()?;
        let changed = self.0.prepare_cached(SAVE)?.execute(params![
            message.tenant,
            message.conversation,
            message.seq,
            message.role,
            message.body,
            tags,
            message.revision + 1,
            updated_at,
            message.revision,
        ])?;
        if changed == 0 {
            return Err("the revision has moved".into());
        }
        message.revision += 1;
        message.updated_at = updated_at;
        Ok(())
    }
}

impl Library for Raw {
    type Record = Message;
    type Shared = Arc<Mutex<Self>>;

    async fn open(path: &Path, durability: Durability) -> Result<Self> {
        let create = !path.exists();
        let connection = Connection::open(path)?;
        connection.execute_batch(&bench_core::pragmas(durability).join("; "))?;
        if create {
            connection.execute_batch(CREATE_TABLE)?;
        }
        Ok(Self(connection))
    }

    async fn close(self) -> Result<()> {
        self.0.close().map_err(|(_, error)| error.into())
    }

    async fn insert_all(&mut self, mut records: Vec<Message>) -> Result<()> {
        let transaction = self.0.transaction()?;
        {
            let mut insert = transaction.prepare_cached(INSERT)?;
            for message in &mut records {
                let now = now_micros()?;
                insert.execute(params![
                    message.tenant,
                    message.conversation,
                    message.seq,
                    message.role,
                    message.body,
                    serde_json::to_string(&message.tags)?,
                    1,
                    now,
                    now,
                ])?;
                message.revision = 1;
                message.created_at = now;
                message.updated_at = now;
            }
        }
        Ok(transaction.commit()?)
    }

    async fn get(&mut self, key: &Key) -> Result<Message> {
        Raw::get(self, key)
    }

    /// Each in a transaction of its own: the base that a read scope is compared with.
    async fn get_in_scope(&mut self, keys: &[Key]) -> Result<bool> {
        for key in keys {
            std::hint::black_box(Raw::get(self, key)?);
        }
        Ok(true)
    }

    async fn page(&mut self, conversation: &str) -> Result<Vec<Message>> {
        let mut page = self.0.prepare_cached(PAGE_OF)?;
        let rows =
            page.query_map(params![TENANT, conversation, i64::try_from(PAGE)?], Message::from_row)?;
        rows.map(|row| row.map_err(Error::from)).collect()
    }

    async fn scan(&mut self, conversation: &str) -> Result<Vec<Message>> {
        let mut scan = self.0.prepare_cached(SCAN)?;
        let rows = scan.query_map(params![TENANT, conversation], Message::from_row)?;
        rows.map(|row| row.map_err(Error::from)).collect()
    }

    async fn save(&mut self, record: &mut Message, body: &str) -> Result<()> {
        Raw::save(self, record, body)
    }

    async fn update(&mut self, key: &Key, body: &str) -> Result<bool> {
        let mut update = self.0.prepare_cached(UPDATE)?;
        let values = params![TENANT, key.conversation, key.seq, body, now_micros()?];
        std::hint::black_box(update.query_row(values, Message::from_row)?);
        Ok(true)
    }

    fn share(self) -> Self::Shared {
        Arc::new(Mutex::new(self))
    }

    async fn save_shared(
        shared: &mut Self::Shared,
        record: &mut Message,
        body: &str,
    ) -> Result<()> {
        shared.lock().map_err(|_| "another task has panicked")?.save(record, body)
    }
}

fn main() -> Result<()> {
    bench_core::run::<Raw>()
}
