//! The engine that the command line names: `--engine sqlite` (as is without it), `memory` or
//! `dynamodb`.
//!
//! DynamoDB is the one at `KEYLOOM_DYNAMODB_ENDPOINT`, or one that runs in this process; it needs
//! `--features dynamodb`, so that nobody compiles the SDK who does not want it.

use std::path::Path;

use keyloom::engine::Engine;
use keyloom::memory::Memory;
use keyloom::sqlite::Sqlite;

type Chosen = Result<Box<dyn Engine>, Box<dyn std::error::Error>>;

/// The named engine; of SQLite, the database file at `path`.
pub(crate) fn chosen(path: &Path) -> Chosen {
    let named = std::env::args().skip_while(|argument| argument != "--engine").nth(1);
    match named.as_deref() {
        None | Some("sqlite") => {
            println!("The engine is SQLite, in {}.\n", path.display());
            Ok(Box::new(Sqlite::at(path)))
        }
        Some("memory") => Ok(Box::new(Memory::new())),
        Some("dynamodb") => dynamodb(),
        Some(other) => Err(format!("no engine `{other}`: sqlite, memory or dynamodb").into()),
    }
}

#[cfg(feature = "dynamodb")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn dynamodb() -> Chosen {
    use keyloom::dynamodb::{CreateTable, DynamoDb};
    use keyloom_dynamodb_engine::Endpoint;

    // An application makes its client with `aws-config`. The table lives as long as the endpoint.
    let endpoint = Box::leak(Box::new(Endpoint::fresh()));
    println!("The engine is the DynamoDB at {}.\n", endpoint.url());
    let engine = DynamoDb::new(endpoint.client()).table_prefix(endpoint.prefix());
    Ok(Box::new(engine.create_table(CreateTable::on_demand())))
}

#[cfg(not(feature = "dynamodb"))]
fn dynamodb() -> Chosen {
    Err("build with `--features dynamodb` for the engine `dynamodb`".into())
}
