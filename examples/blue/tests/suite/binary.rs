//! The binary, end to end: it imports a dialogue, works on it and exports it, and is killed while it
//! works.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use blue::dialogue::{DialogueExport, TensionEventKind, TensionStatus};
use tempfile::TempDir;

const DIALOGUE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dialogue.json");
const ID: &str = "where-to-keep-dialogues";

/// The binary in a directory of its own, which has a configuration.
struct Blue(TempDir);

impl Blue {
    fn new(config: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(directory.path().join("config.toml"), config).unwrap();
        Self(directory)
    }

    fn in_a_file() -> Self {
        Self::new("[storage]\nbackend = 'sqlite'\n[storage.sqlite]\npath = 'data/blue.db'\n")
    }

    /// At a moment that does not depend on when the test runs.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blue"));
        command
            .args(["--config", "config.toml", "--at", "2026-03-02T08:00:00.000000Z"])
            .args(arguments)
            .current_dir(self.0.path())
            .env("AWS_ACCESS_KEY_ID", "000000000001")
            .env("AWS_SECRET_ACCESS_KEY", "dummy");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary starts")
    }

    /// What it prints where it succeeds.
    fn says(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.run(arguments);
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).expect("text")
    }

    /// Whether it came to its end before it was killed.
    fn is_done_in(&self, arguments: &[&str], time: Duration) -> bool {
        let mut child =
            self.command(arguments).stdout(Stdio::null()).spawn().expect("the binary starts");
        std::thread::sleep(time);
        child.kill().expect("it is killed, or has ended");
        let status = child.wait().expect("it has ended");
        assert!(status.code().is_none_or(|code| code == 0), "it fails by itself");
        status.success()
    }
}

/// What the binary exports after its work.
fn worked_on(blue: &Blue) -> String {
    assert_eq!(blue.says(&["import", DIALOGUE]), format!("{ID}\n"));
    assert_eq!(blue.says(&["export", ID]), std::fs::read_to_string(Path::new(DIALOGUE)).unwrap());
    assert!(blue.says(&["list", "converging"]).contains(ID));
    let resolved = blue.says(&["resolve", ID, "T0001", "2", "scone", "one", "table", "each"]);
    assert_eq!(resolved, "T0001  resolved\n");
    let again = blue.run(&["address", ID, "T0001", "2", "scone"]);
    assert!(!again.status.success());
    assert_eq!(
        String::from_utf8_lossy(&again.stderr),
        "blue: a tension that is resolved does not become addressed\n"
    );
    assert!(blue.says(&["status", ID]).contains("T0001  resolved"));
    blue.says(&["export", ID])
}

/// Kills the binary at one moment after the other of its work: whenever it died, the status of the tension
/// is what its last event says.
fn dies_whole(blue: &Blue) {
    const MOMENTS: u32 = 50;

    blue.says(&["import", DIALOGUE]);
    let tension = || {
        let export: DialogueExport = serde_json::from_str(&blue.says(&["export", ID])).unwrap();
        let tension = export.tensions.into_iter().find(|tension| tension.id().seq == 1).unwrap();
        let mut events = export.tension_events;
        events.retain(|event| event.tension() == tension.id());
        let told = events.last().expect("an event").kind;
        assert_eq!(TensionEventKind::from(tension.status), told);
        (tension.status, events.len())
    };
    let (mut status, mut events) = tension();
    let begun = Instant::now();
    blue.says(&["export", ID]);
    let whole = begun.elapsed();
    for moment in 0..MOMENTS {
        let (command, then) = match status {
            TensionStatus::Resolved => ("reopen", TensionStatus::Reopened),
            _ => ("resolve", TensionStatus::Resolved),
        };
        let time = whole * moment * 2 / MOMENTS;
        let is_done = blue.is_done_in(&[command, ID, "T0001", "2", "scone"], time);
        let found = tension();
        assert!(found == (then, events + 1) || !is_done && found == (status, events), "{found:?}");
        (status, events) = found;
    }
}

#[test]
fn the_binary_works_on_a_file() {
    let export = worked_on(&Blue::in_a_file());
    assert!(export.contains("\"reason\": \"one table each\""));
    assert!(export.contains("2026-03-02T08:00:00.000000Z"));
}

#[test]
fn a_killed_binary_leaves_a_whole_file() {
    dies_whole(&Blue::in_a_file());
}

mod dynamodb {
    use super::{Blue, dies_whole, worked_on};
    use keyloom_dynamodb_engine::Endpoint;

    fn at(endpoint: &Endpoint) -> Blue {
        let (prefix, url) = (endpoint.prefix(), endpoint.url());
        Blue::new(&format!(
            "[storage]\nbackend = 'dynamodb'\n[storage.dynamodb]\ntable_prefix = '{prefix}'\nendpoint = '{url}'\n"
        ))
    }

    #[test]
    fn exports_are_equal_byte_for_byte() {
        let endpoint = Endpoint::fresh();
        assert_eq!(worked_on(&at(&endpoint)), worked_on(&Blue::in_a_file()));
    }

    #[test]
    fn a_killed_binary_leaves_whole_tables() {
        let endpoint = Endpoint::fresh();
        dies_whole(&at(&endpoint));
    }
}
