//! toasty: its model macro over one pooled connection.

use std::path::Path;

use bench_core::{CREATE_TABLE, Durability, Key, Library, PAGE, Result, TENANT, now_micros};
use toasty::Db;

/// How many rows one statement of a bulk insert has; more gained nothing.
const BATCH: usize = 100;

#[derive(Debug, toasty::Model)]
#[table = "message"]
#[key(partition = [tenant, conversation], local = [seq])]
struct Message {
    tenant: String,
    conversation: String,
    seq: i64,
    role: String,
    body: String,
    tags: Vec<String>,
    #[version]
    revision: u64,
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

#[derive(Clone)]
struct Toasty(Db);

impl Library for Toasty {
    type Record = Message;
    type Shared = Self;

    async fn open(path: &Path, durability: Durability) -> Result<Self> {
        let create = !path.exists();
        let mut db = Db::builder()
            .models(toasty::models!(Message))
            .max_pool_size(1)
            .connect(&format!("sqlite:{}", path.display()))
            .await?;
        for pragma in bench_core::pragmas(durability) {
            toasty::sql::query(pragma).exec(&mut db).await?;
        }
        if create {
            toasty::sql::statement(CREATE_TABLE).exec(&mut db).await?;
        }
        Ok(Self(db))
    }

    async fn close(self) -> Result<()> {
        Ok(())
    }

    async fn insert_all(&mut self, records: Vec<Message>) -> Result<()> {
        let now = now_micros()?;
        let mut transaction = self.0.transaction().await?;
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            let mut batch = Message::create_many();
            for record in records.by_ref().take(BATCH) {
                batch = batch.item(toasty::create!(Message {
                    tenant: record.tenant,
                    conversation: record.conversation,
                    seq: record.seq,
                    role: record.role,
                    body: record.body,
                    tags: record.tags,
                    created_at: now,
                    updated_at: now,
                }));
            }
            batch.exec(&mut transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn get(&mut self, key: &Key) -> Result<Message> {
        let Key { conversation, seq } = key;
        let get = Message::get_by_tenant_and_conversation_and_seq;
        Ok(get(&mut self.0, TENANT, conversation, seq).await?)
    }

    async fn page(&mut self, conversation: &str) -> Result<Vec<Message>> {
        Ok(Message::filter_by_tenant_and_conversation(TENANT, conversation)
            .order_by(Message::fields().seq().desc())
            .limit(PAGE)
            .exec(&mut self.0)
            .await?)
    }

    async fn scan(&mut self, conversation: &str) -> Result<Vec<Message>> {
        Ok(Message::filter_by_tenant_and_conversation(TENANT, conversation)
            .order_by(Message::fields().seq().asc())
            .exec(&mut self.0)
            .await?)
    }

    async fn save(&mut self, record: &mut Message, body: &str) -> Result<()> {
        let (role, tags) = (record.role.clone(), record.tags.clone());
        record
            .update()
            .role(role)
            .body(body.to_owned())
            .tags(tags)
            .updated_at(now_micros()?)
            .exec(&mut self.0)
            .await?;
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
    bench_core::run::<Toasty>()
}
