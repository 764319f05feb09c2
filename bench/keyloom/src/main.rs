//! keyloom, as a user writes it.

use std::path::Path;

use bench_core::{CACHE_BYTES, Durability, Key, Library, MMAP_BYTES, PAGE, Result, TENANT};
use keyloom::sqlite::{Sqlite, Synchronous};
use keyloom::{KeyPart, OfTenant, Record, Revision, Scope, Table, Timestamp};

#[derive(KeyPart, Clone, Debug, PartialEq)]
pub struct TenantId(String);

#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "conversation#{conversation}", sort = "message#{seq}")]
pub struct Message {
    #[record(tenant)]
    pub tenant: TenantId,
    pub conversation: String,
    pub seq: i64,
    pub role: String,
    pub body: String,
    pub tags: Vec<String>,
    #[record(revision)]
    pub revision: Revision,
    #[record(created)]
    pub created_at: Timestamp,
    #[record(updated)]
    pub updated_at: Timestamp,
}

#[derive(Table)]
#[table(name = "bench", tenant = TenantId, records(Message))]
pub struct Messages;

impl From<bench_core::Message> for Message {
    fn from(message: bench_core::Message) -> Self {
        let bench_core::Message { tenant, conversation, seq, role, body, tags } = message;
        Self {
            tenant: TenantId(tenant),
            conversation,
            seq,
            role,
            body,
            tags,
            revision: Revision::default(),
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }
}

#[derive(Clone)]
struct Keyloom(Scope<Messages, OfTenant<TenantId>>);

impl Library for Keyloom {
    type Record = Message;
    type Shared = Self;

    async fn open(path: &Path, durability: Durability) -> Result<Self> {
        let synchronous = match durability {
            Durability::Normal => Synchronous::Normal,
            Durability::Full => Synchronous::Full,
        };
        let file = Sqlite::at(path)
            .synchronous(synchronous)
            .cache_bytes(CACHE_BYTES)
            .mmap_bytes(MMAP_BYTES);
        Ok(Self(Messages::open(file).await?.tenant(&TenantId::from(TENANT))))
    }

    async fn close(self) -> Result<()> {
        Ok(())
    }

    async fn insert_all(&mut self, mut records: Vec<Message>) -> Result<()> {
        for inserted in self.0.insert_all(&mut records).await? {
            inserted?;
        }
        Ok(())
    }

    async fn get(&mut self, key: &Key) -> Result<Message> {
        let found = self.0.get(Message::key(&key.conversation, key.seq)).await?;
        found.ok_or_else(|| "not found".into())
    }

    async fn get_in_scope(&mut self, keys: &[Key]) -> Result<bool> {
        let scope = self.0.read_scope().await?;
        for key in keys {
            std::hint::black_box(scope.get(Message::key(&key.conversation, key.seq)).await?);
        }
        Ok(true)
    }

    async fn page(&mut self, conversation: &str) -> Result<Vec<Message>> {
        let page = self.0.query(Message::partition(conversation)).newest_first().limit(PAGE);
        Ok(page.all().await?)
    }

    async fn scan(&mut self, conversation: &str) -> Result<Vec<Message>> {
        Ok(self.0.query(Message::partition(conversation)).all().await?)
    }

    async fn save(&mut self, record: &mut Message, body: &str) -> Result<()> {
        body.clone_into(&mut record.body);
        Ok(self.0.save(record).await?)
    }

    async fn update(&mut self, key: &Key, body: &str) -> Result<bool> {
        let update = self.0.update(Message::key(&key.conversation, key.seq));
        std::hint::black_box(update.set(Message::BODY, body).await?);
        Ok(true)
    }

    fn share(self) -> Self {
        self
    }

    async fn save_shared(shared: &mut Self, record: &mut Message, body: &str) -> Result<()> {
        shared.save(record, body).await
    }
}

fn main() -> Result<()> {
    bench_core::run::<Keyloom>()
}
