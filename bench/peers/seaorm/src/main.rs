//! SeaORM: its entities over a pool of one connection.

use std::path::Path;

use bench_core::{CREATE_TABLE, Durability, Key, Library, PAGE, Result, TENANT, now_micros};
use message::{ActiveModel, Column, Entity, Model, Tags};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set, SqlxSqliteConnector, TransactionTrait,
};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

/// How many rows one statement of a bulk insert has; more gained nothing.
const BATCH: usize = 100;

mod message {
    use sea_orm::FromJsonQueryResult;
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
    pub struct Tags(pub Vec<String>);

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "message")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub conversation: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub seq: i64,
        pub role: String,
        pub body: String,
        #[sea_orm(column_type = "Text")]
        pub tags: Tags,
        pub revision: i64,
        pub created_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

impl From<bench_core::Message> for Model {
    fn from(message: bench_core::Message) -> Self {
        let bench_core::Message { tenant, conversation, seq, role, body, tags } = message;
        let (tags, revision, created_at, updated_at) = (Tags(tags), 1, 0, 0);
        Self { tenant, conversation, seq, role, body, tags, revision, created_at, updated_at }
    }
}

#[derive(Clone)]
struct SeaOrm(DatabaseConnection);

impl Library for SeaOrm {
    type Record = Model;
    type Shared = Self;

    async fn open(path: &Path, durability: Durability) -> Result<Self> {
        let create = !path.exists();
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        let connection = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
        for pragma in bench_core::pragmas(durability) {
            connection.execute_unprepared(&pragma).await?;
        }
        if create {
            connection.execute_unprepared(CREATE_TABLE).await?;
        }
        Ok(Self(connection))
    }

    async fn close(self) -> Result<()> {
        Ok(self.0.close().await?)
    }

    async fn insert_all(&mut self, records: Vec<Model>) -> Result<()> {
        let now = now_micros()?;
        let transaction = self.0.begin().await?;
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            let batch = records.by_ref().take(BATCH).map(|record| ActiveModel {
                tenant: Set(record.tenant),
                conversation: Set(record.conversation),
                seq: Set(record.seq),
                role: Set(record.role),
                body: Set(record.body),
                tags: Set(record.tags),
                revision: Set(record.revision),
                created_at: Set(now),
                updated_at: Set(now),
            });
            Entity::insert_many(batch).exec_without_returning(&transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn get(&mut self, key: &Key) -> Result<Model> {
        let key = (TENANT.to_owned(), key.conversation.clone(), key.seq);
        let found = Entity::find_by_id(key).one(&self.0).await?;
        found.ok_or_else(|| "not found".into())
    }

    async fn page(&mut self, conversation: &str) -> Result<Vec<Model>> {
        Ok(Entity::find()
            .filter(Column::Tenant.eq(TENANT))
            .filter(Column::Conversation.eq(conversation))
            .order_by_desc(Column::Seq)
            .limit(u64::try_from(PAGE)?)
            .all(&self.0)
            .await?)
    }

    async fn scan(&mut self, conversation: &str) -> Result<Vec<Model>> {
        Ok(Entity::find()
            .filter(Column::Tenant.eq(TENANT))
            .filter(Column::Conversation.eq(conversation))
            .order_by_asc(Column::Seq)
            .all(&self.0)
            .await?)
    }

    /// `ActiveModel::update` checks no revision, so the statement is built by hand.
    async fn save(&mut self, record: &mut Model, body: &str) -> Result<()> {
        body.clone_into(&mut record.body);
        let updated_at = now_micros()?;
        let saved = Entity::update_many()
            .set(ActiveModel {
                role: Set(record.role.clone()),
                body: Set(record.body.clone()),
                tags: Set(record.tags.clone()),
                revision: Set(record.revision + 1),
                updated_at: Set(updated_at),
                ..Default::default()
            })
            .filter(Column::Tenant.eq(&record.tenant))
            .filter(Column::Conversation.eq(&record.conversation))
            .filter(Column::Seq.eq(record.seq))
            .filter(Column::Revision.eq(record.revision))
            .exec(&self.0)
            .await?;
        if saved.rows_affected == 0 {
            return Err("the revision has moved".into());
        }
        record.revision += 1;
        record.updated_at = updated_at;
        Ok(())
    }

    fn share(self) -> Self {
        self
    }

    async fn save_shared(shared: &mut Self, record: &mut Model, body: &str) -> Result<()> {
        shared.save(record, body).await
    }
}

fn main() -> Result<()> {
    bench_core::run::<SeaOrm>()
}
