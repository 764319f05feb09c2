//! Diesel: its query builder over one connection.

use std::path::Path;
use std::sync::{Arc, Mutex};

use bench_core::{CREATE_TABLE, Durability, Key, Library, PAGE, Result, TENANT, now_micros};
use diesel::connection::SimpleConnection;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types;
use diesel::sqlite::{Sqlite, SqliteValue};

/// How many rows one statement of a bulk insert has; more gained nothing.
const BATCH: usize = 500;

diesel::table! {
    message (tenant, conversation, seq) {
        tenant -> Text,
        conversation -> Text,
        seq -> BigInt,
        role -> Text,
        body -> Text,
        tags -> Text,
        revision -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

#[derive(Debug, Clone, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Text)]
struct Tags(Vec<String>);

impl ToSql<sql_types::Text, Sqlite> for Tags {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl FromSql<sql_types::Text, Sqlite> for Tags {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(value.read_text())?))
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = message, check_for_backend(Sqlite))]
struct Message {
    tenant: String,
    conversation: String,
    seq: i64,
    role: String,
    body: String,
    tags: Tags,
    revision: i64,
    created_at: i64,
    updated_at: i64,
}

impl From<bench_core::Message> for Message {
    fn from(message: bench_core::Message) -> Self {
        let bench_core::Message { tenant, conversation, seq, role, body, tags } = message;
        let (tags, revision, created_at, updated_at) = (Tags(tags), 1, 0, 0);
        Self { tenant, conversation, seq, role, body, tags, revision, created_at, updated_at }
    }
}

struct Diesel(SqliteConnection);

impl Diesel {
    fn save(&mut self, record: &mut Message, body: &str) -> Result<()> {
        body.clone_into(&mut record.body);
        let updated_at = now_micros()?;
        let key = (&record.tenant, &record.conversation, record.seq);
        let stored = message::table.find(key).filter(message::revision.eq(record.revision));
        let changed = diesel::update(stored)
            .set((
                message::role.eq(&record.role),
                message::body.eq(&record.body),
                message::tags.eq(&record.tags),
                message::revision.eq(record.revision + 1),
                message::updated_at.eq(updated_at),
            ))
            .execute(&mut self.0)?;
        if changed == 0 {
            return Err("the revision has moved".into());
        }
        record.revision += 1;
        record.updated_at = updated_at;
        Ok(())
    }
}

impl Library for Diesel {
    type Record = Message;
    type Shared = Arc<Mutex<Self>>;

    async fn open(path: &Path, durability: Durability) -> Result<Self> {
        let create = !path.exists();
        let path = path.to_str().ok_or("the path is no text")?;
        let mut connection = SqliteConnection::establish(path)?;
        connection.batch_execute(&bench_core::pragmas(durability).join("; "))?;
        if create {
            connection.batch_execute(CREATE_TABLE)?;
        }
        Ok(Self(connection))
    }

    async fn close(self) -> Result<()> {
        Ok(())
    }

    async fn insert_all(&mut self, mut records: Vec<Message>) -> Result<()> {
        let now = now_micros()?;
        for record in &mut records {
            (record.created_at, record.updated_at) = (now, now);
        }
        self.0.transaction(|connection| {
            for batch in records.chunks(BATCH) {
                diesel::insert_into(message::table).values(batch).execute(connection)?;
            }
            Ok(())
        })
    }

    async fn get(&mut self, key: &Key) -> Result<Message> {
        let found = message::table.find((TENANT, &key.conversation, key.seq));
        Ok(found.select(Message::as_select()).first(&mut self.0)?)
    }

    async fn page(&mut self, conversation: &str) -> Result<Vec<Message>> {
        Ok(message::table
            .filter(message::tenant.eq(TENANT))
            .filter(message::conversation.eq(conversation))
            .order(message::seq.desc())
            .limit(i64::try_from(PAGE)?)
            .select(Message::as_select())
            .load(&mut self.0)?)
    }

    async fn scan(&mut self, conversation: &str) -> Result<Vec<Message>> {
        Ok(message::table
            .filter(message::tenant.eq(TENANT))
            .filter(message::conversation.eq(conversation))
            .order(message::seq)
            .select(Message::as_select())
            .load(&mut self.0)?)
    }

    async fn save(&mut self, record: &mut Message, body: &str) -> Result<()> {
        Diesel::save(self, record, body)
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
    bench_core::run::<Diesel>()
}
