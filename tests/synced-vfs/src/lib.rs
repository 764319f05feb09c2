//! What a power cut leaves of SQLite's files.
//!
//! `kill -9` does not test durability: the page cache outlives the process. [`SyncedVfs`] stands over
//! the operating system's own VFS and remembers, beside each file, the bytes that were made durable:
//! a write is pending until its file is synced. [`SyncedVfs::snapshot`] writes what is durable at
//! that moment as files of their own, as a machine that lost its power then would find them.
//!
//! It becomes the default VFS of its process, so a test of it is a process of its own. Memory maps
//! are not offered, because bytes read through one could not be followed; shared memory is passed
//! on, because it never survives.

mod disk;
mod vfs;

use std::io;
use std::path::Path;

pub use disk::Cut;

/// The installed VFS.
#[derive(Clone, Copy, Debug)]
pub struct SyncedVfs(());

impl SyncedVfs {
    /// Makes it the default VFS of this process: of every database opened from now on.
    ///
    /// # Errors
    ///
    /// If SQLite has no default VFS or refuses this one.
    pub fn install() -> rusqlite::Result<Self> {
        vfs::install()?;
        Ok(Self(()))
    }

    /// Writes every file of `from` into the directory `to` as a power cut at this moment leaves it.
    ///
    /// # Errors
    ///
    /// If the files cannot be written.
    pub fn snapshot(self, from: &Path, to: &Path, cut: Cut) -> io::Result<()> {
        let files = disk::lock().after(cut);
        for (path, bytes) in files {
            if let (Some(parent), Some(name)) = (path.parent(), path.file_name())
                && parent == from
            {
                std::fs::write(to.join(name), bytes)?;
            }
        }
        Ok(())
    }

    /// How many times a file was synced so far.
    pub fn syncs(self) -> usize {
        disk::lock().syncs
    }
}
