//! Random programs run in lock-step on memory and SQLite: every outcome must be the same.
//!
//! `domain` holds the records, `program` the steps and how they are drawn, `run` how a step is run and
//! what it answers. A step names no revision and no cursor of its own: both come from what is stored
//! while it runs, so a program that shrinks keeps its meaning. `KEYLOOM_PROGRAMS=n` sets the number of
//! programs.

mod cursors;
mod domain;
mod program;
mod round_trip;
mod run;

use keyloom::sqlite::{Sqlite, Synchronous};
use proptest::prelude::ProptestConfig;
use proptest::test_runner::{TestCaseError, TestRunner};

/// SQLite on a file that may be lost, because these tests are about answers and not about disks.
fn sqlite(directory: &tempfile::TempDir) -> Sqlite {
    Sqlite::at(directory.path().join("programs.db")).synchronous(Synchronous::Off)
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

#[test]
fn programs_answer_alike_on_memory_and_sqlite() {
    let mut runner = TestRunner::new(cases(800));
    let outcome = runner.run(&program::programs(), |program| {
        run::differences(&program.0).map_err(TestCaseError::fail)
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
