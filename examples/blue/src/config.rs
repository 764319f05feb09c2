//! The configuration file, `.blue/config.toml`.
//!
//! ```toml
//! realm = "acme"                       # whose data; "default" where nothing is said
//!
//! [storage]
//! backend = "sqlite"                   # or "dynamodb", or "memory" for a try
//!
//! [storage.sqlite]
//! path = ".blue/blue.db"
//!
//! [storage.dynamodb]
//! table_prefix = "blue-"
//! region = "eu-central-1"
//! endpoint = "http://127.0.0.1:8000"   # only where it is not AWS
//! ```
//!
//! The credentials of DynamoDB are those of the environment: `AWS_ACCESS_KEY_ID`,
//! `AWS_SECRET_ACCESS_KEY` and, where there is one, `AWS_SESSION_TOKEN`. AWS itself wants the crate's
//! feature `https`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::id::Realm;
use crate::{Error, Result};

/// What the file says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Whose data the stores hold.
    #[serde(default = "default_realm")]
    pub realm: Realm,
    /// Where it lies.
    pub storage: Storage,
}

/// Where the data lies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Storage {
    /// Which backend.
    pub backend: BackendName,
    /// The settings of `sqlite`.
    #[serde(default)]
    pub sqlite: SqliteSettings,
    /// The settings of `dynamodb`.
    #[serde(default)]
    pub dynamodb: DynamoDbSettings,
}

/// The name of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum BackendName {
    /// Nothing remains when the program ends.
    Memory,
    /// A file.
    Sqlite,
    /// Tables in the cloud.
    DynamoDb,
}

/// `[storage.sqlite]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SqliteSettings {
    /// The database file, from the directory that the program runs in; its own is made where it is
    /// missing.
    pub path: PathBuf,
}

impl Default for SqliteSettings {
    fn default() -> Self {
        Self { path: ".blue/blue.db".into() }
    }
}

/// `[storage.dynamodb]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DynamoDbSettings {
    /// What stands before the names of the tables.
    pub table_prefix: String,
    /// The AWS region; `us-east-1` where nothing is said.
    pub region: Option<String>,
    /// The address of a server that is not AWS.
    pub endpoint: Option<String>,
}

fn default_realm() -> Realm {
    Realm::from("default")
}

impl Config {
    /// Reads the file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::Configuration(format!("{}: {error}", path.display())))?;
        text.parse()
    }
}

impl std::str::FromStr for Config {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let config: Self =
            toml::from_str(text).map_err(|error| Error::Configuration(error.to_string()))?;
        if config.realm.as_str().is_empty() {
            return Err(Error::Configuration("the realm has no name".into()));
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_file_is_read() {
        let documented: Vec<&str> = include_str!("config.rs")
            .lines()
            .skip_while(|line| !line.ends_with("```toml"))
            .skip(1)
            .take_while(|line| !line.ends_with("```"))
            .map(|line| line.trim_start_matches("//!"))
            .collect();
        let config: Config = documented.join("\n").parse().unwrap();
        assert_eq!(config.realm, Realm::from("acme"));
        assert_eq!(config.storage.backend, BackendName::Sqlite);
        assert_eq!(config.storage.dynamodb.table_prefix, "blue-");
    }

    #[test]
    fn settings_have_defaults_and_misspelt_ones_are_refused() {
        let config: Config = "[storage]\nbackend = \"dynamodb\"".parse().unwrap();
        assert_eq!(config.realm, Realm::from("default"));
        assert_eq!(config.storage.sqlite.path, Path::new(".blue/blue.db"));
        let wrong = "[storage]\nbackend = \"sqlite\"\n[storage.sqlite]\npth = \"x\"";
        assert!(matches!(wrong.parse::<Config>(), Err(Error::Configuration(_))));
        assert!("[storage]\nbackend = \"oracle\"".parse::<Config>().is_err());
        let nobody = "realm = \"\"\n[storage]\nbackend = \"sqlite\"";
        assert!(matches!(nobody.parse::<Config>(), Err(Error::Configuration(_))));
        let empty = "[storage]\nbackend = \"sqlite\"\n[storage.sqlite]\n";
        let empty: Config = empty.parse().unwrap();
        assert_eq!(empty.storage.sqlite.path, Path::new(".blue/blue.db"));
    }
}
