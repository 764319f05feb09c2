//! The binary, end to end: it imports a dialogue, works on it and exports it.

use std::path::Path;
use std::process::{Command, Output};

/// The binary with a configuration of its own, at a moment that does not depend on when the test runs.
fn blue(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_blue"))
        .args(["--config", "config.toml", "--at", "2026-03-02T08:00:00.000000Z"])
        .args(arguments)
        .current_dir(directory)
        .env("AWS_ACCESS_KEY_ID", "000000000001")
        .env("AWS_SECRET_ACCESS_KEY", "dummy")
        .output()
        .expect("the binary starts")
}

fn said(output: &Output) -> &str {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    std::str::from_utf8(&output.stdout).expect("text")
}

/// What the binary exports after its work on the backend that the configuration names.
fn worked_on(config: &str) -> String {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let directory = directory.path();
    std::fs::write(directory.join("config.toml"), config).unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dialogue.json");
    let id = "where-to-keep-dialogues";
    assert_eq!(said(&blue(directory, &["import", file])), format!("{id}\n"));
    assert_eq!(said(&blue(directory, &["export", id])), std::fs::read_to_string(file).unwrap());
    assert!(said(&blue(directory, &["list", "converging"])).contains(id));
    let resolved = blue(directory, &["resolve", id, "T0001", "scone", "one", "table", "each"]);
    assert_eq!(said(&resolved), "T0001  resolved  One table or many\n");
    let again = blue(directory, &["address", id, "T0001", "scone"]);
    assert!(!again.status.success());
    assert_eq!(
        String::from_utf8_lossy(&again.stderr),
        "blue: a tension that is resolved does not become addressed\n"
    );
    assert!(said(&blue(directory, &["status", id])).contains("T0001  resolved"));
    said(&blue(directory, &["export", id])).to_owned()
}

fn on_sqlite() -> String {
    worked_on("[storage]\nbackend = 'sqlite'\n[storage.sqlite]\npath = 'data/blue.db'\n")
}

#[test]
fn the_binary_works_on_a_file() {
    let export = on_sqlite();
    assert!(export.contains("\"reason\": \"one table each\""));
    assert!(export.contains("2026-03-02T08:00:00.000000Z"));
}

#[cfg(feature = "dynamodb")]
#[test]
fn exports_are_equal_byte_for_byte() {
    let endpoint = keyloom_dynamodb_engine::Endpoint::fresh();
    let config = format!(
        "[storage]\nbackend = 'dynamodb'\n[storage.dynamodb]\ntable_prefix = '{}'\nendpoint = '{}'\n",
        endpoint.prefix(),
        endpoint.url()
    );
    assert_eq!(worked_on(&config), on_sqlite());
}
