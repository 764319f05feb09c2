//! A fifth of all answers is lost: nobody is told what is not so, and nothing is lost.

mod alone;
mod together;

use std::collections::BTreeMap;

use keyloom::{Error, ErrorKind, Record, Result};

const SHARE: f64 = 0.2;
const TASKS: u32 = 8;

/// Asks until it is told what became of a write.
async fn reconciled<R: Record>(mut error: Error, record: &mut R) -> Result<()> {
    for _ in 0..3 {
        match error.reconcile(record).await {
            Err(again) if again.kind() == ErrorKind::UnknownOutcome => error = again,
            told => return told,
        }
    }
    Err(error)
}

/// How many writes of a kind there were, and of how many the outcome was unknown.
#[derive(Default)]
struct Tally(BTreeMap<&'static str, [usize; 3]>);

impl Tally {
    fn count(&mut self, kind: &'static str, unknown: bool, unresolved: bool) {
        let counts = self.0.entry(kind).or_default();
        counts[0] += 1;
        counts[1] += usize::from(unknown);
        counts[2] += usize::from(unresolved);
    }

    fn add(&mut self, other: &Self) {
        for (kind, counts) in &other.0 {
            let own = self.0.entry(kind).or_default();
            own.iter_mut().zip(counts).for_each(|(own, count)| *own += count);
        }
    }

    fn writes(&self) -> usize {
        self.0.values().map(|counts| counts[0]).sum()
    }

    fn unknown(&self, kind: &str) -> usize {
        self.0.get(kind).map_or(0, |counts| counts[1])
    }

    fn print(&self, title: &str) {
        println!("{title}: {} writes", self.writes());
        for (kind, [all, unknown, unresolved]) in &self.0 {
            println!("  {kind:<24} {all:>6}, {unknown} unknown, {unresolved} not to be resolved");
        }
    }
}
