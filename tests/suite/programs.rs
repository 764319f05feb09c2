//! Random programs run in lock-step on two engines: every outcome must be the same.
//!
//! `domain` holds the records and `fuzzed` what a step does with any of them, `program` the steps,
//! `draw` how they are drawn, `run` how a step is run and what it answers. A step names no revision, no
//! last number and no cursor of its own: they come from what is stored while it runs, so a program that
//! shrinks keeps its meaning. `KEYLOOM_PROGRAMS=n` sets the number of programs.

mod cursors;
mod domain;
mod draw;
mod fuzzed;
mod program;
mod round_trip;
mod run;

use keyloom::engine::Engine;
use keyloom::sqlite::{Sqlite, Synchronous};
use keyloom_conformance::Database;
use proptest::prelude::ProptestConfig;
use proptest::test_runner::{TestCaseError, TestRunner};
use tempfile::TempDir;

use crate::conformance::{InDynamoDb, InMemory};

/// SQLite on a file that may be lost, because these tests are about answers and not about disks.
struct InLostFile(TempDir);

impl InLostFile {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }
}

impl Database for InLostFile {
    fn engine(&self) -> Box<dyn Engine> {
        let file = self.0.path().join("programs.db");
        Box::new(Sqlite::at(file).synchronous(Synchronous::Off))
    }
}

/// So many programs, or records, as the environment says.
fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("KEYLOOM_PROGRAMS").ok().and_then(|number| number.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(default),
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Runs so many programs on memory, which is the specification, and on another engine.
fn programs_answer_alike<D: Database>(programs: u32, other: fn() -> D) {
    let mut runner = TestRunner::new(cases(programs));
    let outcome = runner.run(&draw::programs(), |program| {
        run::differences(&program.0, &[&InMemory::new(), &other()]).map_err(TestCaseError::fail)
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn programs_answer_alike_on_memory_and_sqlite() {
    programs_answer_alike(800, InLostFile::new);
}

#[test]
fn programs_answer_alike_on_memory_and_dynamodb() {
    programs_answer_alike(100, InDynamoDb::new);
}
