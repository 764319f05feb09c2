//! Fairness between processes that write one file.
//!
//! SQLite's write lock is taken by whoever tries at the right moment, so a writer that is always
//! busy would shut another process out. Whoever waits therefore holds a shared lock of a file beside
//! the database, and a busy writer that finds it taken pauses between two groups. Nothing depends on
//! it for being right: where the file cannot be used, waiting is only less fair. Used by
//! [`writer`](super::writer).

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a writer pauses for others: longer than they need to notice.
pub(super) const PAUSE: Duration = Duration::from_millis(2);
/// How often a waiter tries.
pub(super) const RETRY: Duration = Duration::from_millis(1);
/// How long a writer goes on before it looks whether somebody waits.
const TURN: Duration = Duration::from_millis(5);

/// The file `<database>-waiting`.
#[derive(Debug)]
pub(super) struct Gate {
    path: PathBuf,
    file: Option<File>,
    looked: Instant,
}

impl Gate {
    /// The gate of a database.
    pub(super) fn beside(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-waiting");
        Self { path: path.into(), file: None, looked: Instant::now() }
    }

    /// Whether it is time to let another process write.
    ///
    /// It stays true until [`paused`](Self::paused) is called.
    pub(super) fn must_pause(&mut self) -> bool {
        if self.looked.elapsed() < TURN {
            return false;
        }
        if self.file.is_none() {
            // Whoever waits makes the file; where there is none, nobody ever did.
            self.file = OpenOptions::new().read(true).write(true).open(&self.path).ok();
        }
        let waited_for = match self.file.as_ref().map(File::try_lock) {
            Some(Err(TryLockError::WouldBlock)) => true,
            Some(Ok(())) => {
                self.leave();
                false
            }
            _ => false,
        };
        if !waited_for {
            self.looked = Instant::now();
        }
        waited_for
    }

    /// Others had their time.
    pub(super) fn paused(&mut self) {
        self.looked = Instant::now();
    }

    /// Says that this process waits, until [`leave`](Self::leave); said again before each try.
    pub(super) fn wait(&mut self) {
        if self.file.is_none() {
            self.file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&self.path)
                .ok();
        }
        if let Some(file) = &self.file {
            // It fails in the moment in which a writer looks, and is then tried again.
            let _ = file.try_lock_shared();
        }
    }

    /// Says that this process no longer waits.
    pub(super) fn leave(&self) {
        if let Some(file) = &self.file {
            let _ = file.unlock();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_writer_pauses_only_while_another_waits() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("t.db");
        let (mut busy, mut waiting) = (Gate::beside(&database), Gate::beside(&database));
        std::thread::sleep(TURN);
        assert!(!busy.must_pause(), "nobody made the file");
        waiting.wait();
        assert!(!busy.must_pause(), "its turn has just begun");
        std::thread::sleep(TURN);
        assert!(busy.must_pause());
        assert!(busy.must_pause(), "until it has paused");
        busy.paused();
        assert!(!busy.must_pause());
        waiting.leave();
        std::thread::sleep(TURN);
        assert!(!busy.must_pause());
        waiting.wait();
        drop(waiting);
        std::thread::sleep(TURN);
        assert!(!busy.must_pause(), "a process that ends no longer waits");
    }
}
