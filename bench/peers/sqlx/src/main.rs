//! SQLx: hand-written SQL over a pool of one connection.

use std::path::Path;

use bench_core::{CREATE_TABLE, Durability, Key, Library, PAGE, Result, TENANT, now_micros};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::types::Json;
use sqlx::{QueryBuilder, Sqlite};

/// How many rows one statement of a bulk insert has; more gained nothing.
const BATCH: usize = 100;

const INSERT: &str = "INSERT INTO message (tenant, conversation, seq, role, body, tags, revision, \
    created_at, updated_at) ";
const GET: &str = "SELECT tenant, conversation, seq, role, body, tags, revision, created_at, \
    updated_at FROM message WHERE tenant = ?1 AND conversation = ?2 AND seq = ?3";
const SCAN: &str = "SELECT tenant, conversation, seq, role, body, tags, revision, created_at, \
    updated_at FROM message WHERE tenant = ?1 AND conversation = ?2 ORDER BY seq";
const PAGE_OF: &str = "SELECT tenant, conversation, seq, role, body, tags, revision, created_at, \
    updated_at FROM message WHERE tenant = ?1 AND conversation = ?2 ORDER BY seq DESC LIMIT ?3";
const SAVE: &str = "UPDATE message SET role = ?4, body = ?5, tags = ?6, revision = ?7, \
    updated_at = ?8 WHERE tenant = ?1 AND conversation = ?2 AND seq = ?3 AND revision = ?9";

#[derive(sqlx::FromRow)]
#[expect(dead_code, reason = "a message is read whole, whoever looks at its fields")]
struct Message {
    tenant: String,
    conversation: String,
    seq: i64,
    role: String,
    body: String,
    tags: Json<Vec<String>>,
    revision: i64,
    created_at: i64,
    updated_at: i64,
}

impl From<bench_core::Message> for Message {
    fn from(message: bench_core::Message) -> Self {
        let bench_core::Message { tenant, conversation, seq, role, body, tags } = message;
        let (tags, revision, created_at, updated_at) = (Json(tags), 1, 0, 0);
        Self { tenant, conversation, seq, role, body, tags, revision, created_at, updated_at }
    }
}

#[derive(Clone)]
struct Sqlx(SqlitePool);

impl Library for Sqlx {
    type Record = Message;
    type Shared = Self;

    async fn open(path: &Path, durability: Durability) -> Result<Self> {
        let create = !path.exists();
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        for pragma in bench_core::pragmas(durability) {
            sqlx::raw_sql(sqlx::AssertSqlSafe(pragma)).execute(&pool).await?;
        }
        if create {
            sqlx::query(CREATE_TABLE).execute(&pool).await?;
        }
        Ok(Self(pool))
    }

    async fn close(self) -> Result<()> {
        self.0.close().await;
        Ok(())
    }

    async fn insert_all(&mut self, records: Vec<Message>) -> Result<()> {
        let now = now_micros()?;
        let mut transaction = self.0.begin().await?;
        for batch in records.chunks(BATCH) {
            let mut insert: QueryBuilder<Sqlite> = QueryBuilder::new(INSERT);
            insert.push_values(batch, |mut row, message| {
                row.push_bind(&message.tenant)
                    .push_bind(&message.conversation)
                    .push_bind(message.seq)
                    .push_bind(&message.role)
                    .push_bind(&message.body)
                    .push_bind(&message.tags)
                    .push_bind(message.revision)
                    .push_bind(now)
                    .push_bind(now);
            });
            insert.build().execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn get(&mut self, key: &Key) -> Result<Message> {
        let get = sqlx::query_as(GET).bind(TENANT).bind(&key.conversation).bind(key.seq);
        Ok(get.fetch_one(&self.0).await?)
    }

    async fn page(&mut self, conversation: &str) -> Result<Vec<Message>> {
        let limit = i64::try_from(PAGE)?;
        let page = sqlx::query_as(PAGE_OF).bind(TENANT).bind(conversation).bind(limit);
        Ok(page.fetch_all(&self.0).await?)
    }

    async fn scan(&mut self, conversation: &str) -> Result<Vec<Message>> {
        Ok(sqlx::query_as(SCAN).bind(TENANT).bind(conversation).fetch_all(&self.0).await?)
    }

    async fn save(&mut self, record: &mut Message, body: &str) -> Result<()> {
        body.clone_into(&mut record.body);
        let updated_at = now_micros()?;
        let saved = sqlx::query(SAVE)
            .bind(&record.tenant)
            .bind(&record.conversation)
            .bind(record.seq)
            .bind(&record.role)
            .bind(&record.body)
            .bind(&record.tags)
            .bind(record.revision + 1)
            .bind(updated_at)
            .bind(record.revision)
            .execute(&self.0)
            .await?;
        if saved.rows_affected() == 0 {
            return Err("the revision has moved".into());
        }
        record.revision += 1;
        record.updated_at = updated_at;
        Ok(())
    }

    fn share(self) -> Self {
        self
    }

    async fn save_shared(shared: &mut Self, record: &mut Message, body: &str) -> Result<()> {
        shared.save(record, body).await
    }
}

fn main() -> Result<()> {
    bench_core::run::<Sqlx>()
}
