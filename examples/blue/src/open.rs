//! The one module that knows engines: it opens what the configuration names.

use keyloom::dynamodb::sdk::Config as Settings;
use keyloom::dynamodb::sdk::config::{BehaviorVersion, Credentials, Region};
use keyloom::dynamodb::{CreateTable, DynamoDb, sdk::Client};
use keyloom::engine::Engine;
use keyloom::memory::Memory;
use keyloom::sqlite::Sqlite;
use keyloom::{Clock, SystemClock};

use crate::config::{BackendName, Config};
use crate::dialogue::StoredDialogues;
use crate::document::StoredDocuments;
use crate::{DialogueStore, DocumentStore, Error, Result};

/// Opens the dialogues of the configured realm, on the configured backend.
pub async fn open_dialogue_store(config: &Config) -> Result<Box<dyn DialogueStore>> {
    open_dialogue_store_at(config, SystemClock).await
}

/// As [`open_dialogue_store`], with the time of another clock.
pub async fn open_dialogue_store_at(
    config: &Config,
    clock: impl Clock + 'static,
) -> Result<Box<dyn DialogueStore>> {
    let store = StoredDialogues::open(engine(config)?, config.realm.clone(), clock).await?;
    Ok(Box::new(store))
}

/// Opens the documents of the configured realm, on the configured backend.
pub async fn open_document_store(config: &Config) -> Result<Box<dyn DocumentStore>> {
    let store = StoredDocuments::open(engine(config)?, config.realm.clone()).await?;
    // The search's index lies beside the table, which is there now.
    if config.storage.backend == BackendName::Sqlite {
        let path = &config.storage.sqlite.path;
        let search = crate::document::SqliteSearch::open(path, config.realm.clone())?;
        return Ok(Box::new(store.with_search(Box::new(search))));
    }
    Ok(Box::new(store))
}

fn engine(config: &Config) -> Result<Box<dyn Engine>> {
    match config.storage.backend {
        BackendName::Memory => Ok(Box::new(Memory::new())),
        BackendName::Sqlite => sqlite(config),
        BackendName::DynamoDb => dynamodb(config),
    }
}

fn sqlite(config: &Config) -> Result<Box<dyn Engine>> {
    let path = &config.storage.sqlite.path;
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        std::fs::create_dir_all(directory)
            .map_err(|error| Error::Configuration(format!("{}: {error}", directory.display())))?;
    }
    Ok(Box::new(Sqlite::at(path)))
}

fn dynamodb(config: &Config) -> Result<Box<dyn Engine>> {
    let given = &config.storage.dynamodb;
    let variable = |name: &str| {
        std::env::var(name).map_err(|_| Error::Configuration(format!("{name} is not set")))
    };
    let (key, secret, token) = (
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        variable("AWS_SESSION_TOKEN").ok(),
    );
    let region = given.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
    let settings = Settings::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(Credentials::new(key, secret, token, None, "environment"));
    let settings = match &given.endpoint {
        Some(url) if url.starts_with("http:") => settings
            .endpoint_url(url)
            .http_client(aws_smithy_http_client::Builder::new().build_http()),
        _ if !cfg!(feature = "https") => {
            let message = "AWS wants TLS: build with the feature `https`";
            return Err(Error::Configuration(message.into()));
        }
        Some(url) => settings.endpoint_url(url),
        None => settings,
    };
    let engine = DynamoDb::new(Client::from_conf(settings.build()))
        .table_prefix(&given.table_prefix)
        .create_table(CreateTable::on_demand());
    Ok(Box::new(engine))
}
