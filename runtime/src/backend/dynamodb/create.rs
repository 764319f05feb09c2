//! How a table is created, and how an index is added: options and request inputs.

use super::error::refused_by_sdk;
use super::sdk::error::BuildError;
use super::sdk::operation::create_table::CreateTableInput;
use super::sdk::operation::create_table::builders::CreateTableInputBuilder;
use super::sdk::operation::update_table::UpdateTableInput;
use super::sdk::operation::update_table::builders::UpdateTableInputBuilder;
use super::sdk::types::{
    AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
    GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, Projection, ProjectionType,
    ProvisionedThroughput, ScalarAttributeType, Tag,
};
use crate::error::Result;
use crate::schema::{DynamodbIndex, DynamodbProjection, DynamodbTable};

/// How a DynamoDB table is created: [`DynamoDb::create_table`](super::DynamoDb::create_table).
///
/// Its keys and indexes come from the schema. Time to live is switched on where a record expires.
///
/// ```
/// use keyloom::dynamodb::CreateTable;
///
/// let table = CreateTable::on_demand().tag("team", "blue").deletion_protection();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it says how a table is created and creates none"]
pub struct CreateTable {
    provisioned: Option<Capacity>,
    tags: Vec<(String, String)>,
    protected: bool,
}

/// The provisioned throughput of a table or of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capacity {
    pub(super) read: i64,
    pub(super) write: i64,
}

impl CreateTable {
    /// A table that is paid for by request.
    pub fn on_demand() -> Self {
        Self { provisioned: None, tags: Vec::new(), protected: false }
    }

    /// A table with this many read and write units a second; each index has as many of its own.
    pub fn provisioned(read: u32, write: u32) -> Self {
        let capacity = Capacity { read: i64::from(read), write: i64::from(write) };
        Self { provisioned: Some(capacity), ..Self::on_demand() }
    }

    /// Adds a tag.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    /// Has DynamoDB refuse to delete the table.
    pub fn deletion_protection(mut self) -> Self {
        self.protected = true;
        self
    }
}

/// The request that creates a table.
pub(super) fn create_input(
    table: &DynamodbTable,
    options: &CreateTable,
    name: &str,
) -> Result<CreateTableInputBuilder> {
    let build = || -> Result<_, BuildError> {
        let mut input = CreateTableInput::builder().table_name(name);
        let keys = [DynamodbTable::PARTITION, DynamodbTable::SORT];
        for key in keys {
            input = input.attribute_definitions(definition(key)?);
        }
        input = input.set_key_schema(Some(key_schema(keys)?));
        for index in &table.indexes {
            let keys = [&*index.partition, &*index.sort];
            for key in keys {
                input = input.attribute_definitions(definition(key)?);
            }
            input = input.global_secondary_indexes(
                GlobalSecondaryIndex::builder()
                    .index_name(&index.name)
                    .set_key_schema(Some(key_schema(keys)?))
                    .projection(projection(&index.projection))
                    .set_provisioned_throughput(throughput(options.provisioned)?)
                    .build()?,
            );
        }
        input = match options.provisioned {
            None => input.billing_mode(BillingMode::PayPerRequest),
            Some(_) => input
                .billing_mode(BillingMode::Provisioned)
                .set_provisioned_throughput(throughput(options.provisioned)?),
        };
        for (key, value) in &options.tags {
            input = input.tags(Tag::builder().key(key).value(value).build()?);
        }
        Ok(if options.protected { input.deletion_protection_enabled(true) } else { input })
    };
    build().map_err(refused_by_sdk)
}

/// The request that adds an index to a table, whose capacity it takes.
pub(super) fn add_index_input(
    name: &str,
    index: &DynamodbIndex,
    capacity: Option<Capacity>,
) -> Result<UpdateTableInputBuilder> {
    let build = || -> Result<_, BuildError> {
        let keys = [&*index.partition, &*index.sort];
        let mut input = UpdateTableInput::builder().table_name(name);
        for key in keys {
            input = input.attribute_definitions(definition(key)?);
        }
        let create = CreateGlobalSecondaryIndexAction::builder()
            .index_name(&index.name)
            .set_key_schema(Some(key_schema(keys)?))
            .projection(projection(&index.projection))
            .set_provisioned_throughput(throughput(capacity)?)
            .build()?;
        let update = GlobalSecondaryIndexUpdate::builder().create(create).build();
        Ok(input.global_secondary_index_updates(update))
    };
    build().map_err(refused_by_sdk)
}

fn definition(name: &str) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build()
}

fn key_schema([partition, sort]: [&str; 2]) -> Result<Vec<KeySchemaElement>, BuildError> {
    [(partition, KeyType::Hash), (sort, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build())
        .collect()
}

fn projection(projection: &DynamodbProjection) -> Projection {
    let builder = Projection::builder();
    match projection {
        DynamodbProjection::All => builder.projection_type(ProjectionType::All),
        DynamodbProjection::Include(names) if names.is_empty() => {
            builder.projection_type(ProjectionType::KeysOnly)
        }
        DynamodbProjection::Include(names) => builder
            .projection_type(ProjectionType::Include)
            .set_non_key_attributes(Some(names.iter().map(ToString::to_string).collect())),
    }
    .build()
}

fn throughput(capacity: Option<Capacity>) -> Result<Option<ProvisionedThroughput>, BuildError> {
    let Some(Capacity { read, write }) = capacity else {
        return Ok(None);
    };
    ProvisionedThroughput::builder()
        .read_capacity_units(read)
        .write_capacity_units(write)
        .build()
        .map(Some)
}
