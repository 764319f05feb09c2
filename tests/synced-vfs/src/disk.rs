//! The model of a disk: which bytes and which names are durable. Called by [`vfs`](crate::vfs).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

static DISK: LazyLock<Mutex<Disk>> = LazyLock::new(Mutex::default);

/// The disk under every file of this process.
pub(crate) fn lock() -> MutexGuard<'static, Disk> {
    DISK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a power cut does to the writes that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// All of them are lost.
    LosesAll,
    /// Each is lost or kept, as this seed has it: a disk writes in an order of its own.
    LosesSome(u64),
}

/// A file's position in [`Disk::files`]. A file that is deleted and made again is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId(usize);

#[derive(Debug, Default)]
pub(crate) struct Disk {
    files: Vec<File>,
    /// The names as the running programs see them.
    live: BTreeMap<PathBuf, FileId>,
    /// The names that are durable.
    durable: BTreeMap<PathBuf, FileId>,
    pub(crate) syncs: usize,
}

#[derive(Debug, Default)]
struct File {
    synced: Vec<u8>,
    /// How many changes are in `synced`.
    done: usize,
    pending: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { at: usize, bytes: Box<[u8]> },
    Truncate(usize),
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => {
                let end = at + bytes.len();
                if to.len() < end {
                    to.resize(end, 0);
                }
                to[*at..end].copy_from_slice(bytes);
            }
            Self::Truncate(size) => to.resize(*size, 0),
        }
    }
}

impl Disk {
    /// A file is opened; one that this disk does not know has the content `existing`, all durable.
    pub(crate) fn open(&mut self, path: &Path, existing: Option<Vec<u8>>) -> FileId {
        if let Some(&id) = self.live.get(path) {
            return id;
        }
        let id = FileId(self.files.len());
        if existing.is_some() {
            self.durable.insert(path.to_owned(), id);
        }
        self.live.insert(path.to_owned(), id);
        self.files.push(File { synced: existing.unwrap_or_default(), ..File::default() });
        id
    }

    pub(crate) fn knows(&self, path: &Path) -> bool {
        self.live.contains_key(path)
    }

    /// A name is removed; until its directory is synced a power cut brings the file back.
    pub(crate) fn delete(&mut self, path: &Path) {
        self.live.remove(path);
    }

    /// The directory of `path` was synced, and with it every name made or removed there.
    pub(crate) fn synced_directory(&mut self, path: &Path) {
        let beside = |other: &Path| other.parent() == path.parent();
        self.durable.retain(|name, _| !beside(name));
        let names = self.live.iter().filter(|(name, _)| beside(name));
        self.durable.extend(names.map(|(name, id)| (name.clone(), *id)));
    }

    pub(crate) fn write(&mut self, FileId(id): FileId, at: usize, bytes: &[u8]) {
        self.files[id].pending.push(Change::Write { at, bytes: bytes.into() });
    }

    pub(crate) fn truncate(&mut self, FileId(id): FileId, size: usize) {
        self.files[id].pending.push(Change::Truncate(size));
    }

    /// How many changes the file has had; a sync that begins now makes these durable.
    pub(crate) fn changes(&self, FileId(id): FileId) -> usize {
        self.files[id].done + self.files[id].pending.len()
    }

    /// A sync succeeded that began when the file had had so many changes.
    pub(crate) fn synced(&mut self, FileId(id): FileId, changes: usize) {
        self.syncs += 1;
        let File { synced, done, pending } = &mut self.files[id];
        // Another thread's sync of the same file may have been faster.
        for change in pending.drain(..changes.saturating_sub(*done)) {
            change.apply(synced);
        }
        *done = changes.max(*done);
    }

    /// What a power cut leaves.
    pub(crate) fn after(&self, cut: Cut) -> Vec<(PathBuf, Vec<u8>)> {
        let mut chance = match cut {
            Cut::LosesAll => None,
            Cut::LosesSome(seed) => Some(Chance(seed)),
        };
        let left = self.durable.iter().map(|(path, &FileId(id))| {
            let file = &self.files[id];
            let mut bytes = file.synced.clone();
            for change in &file.pending {
                if chance.as_mut().is_some_and(Chance::toss) {
                    change.apply(&mut bytes);
                }
            }
            (path.clone(), bytes)
        });
        left.collect()
    }
}

/// `SplitMix64`: the same tosses for the same seed.
struct Chance(u64);

impl Chance {
    fn toss(&mut self) -> bool {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(disk: &Disk) -> Vec<(PathBuf, Vec<u8>)> {
        disk.after(Cut::LosesAll)
    }

    fn sync(disk: &mut Disk, id: FileId) {
        let changes = disk.changes(id);
        disk.synced(id, changes);
    }

    #[test]
    fn a_write_is_durable_once_it_was_synced() {
        let (mut disk, path) = (Disk::default(), Path::new("/d/a"));
        let id = disk.open(path, Some(Vec::new()));
        disk.write(id, 2, b"xy");
        assert_eq!(left(&disk), [(path.into(), Vec::new())]);
        let changes = disk.changes(id);
        disk.write(id, 0, b"late");
        disk.synced(id, changes);
        assert_eq!(left(&disk), [(path.into(), b"\0\0xy".to_vec())]);
        disk.truncate(id, 1);
        assert_eq!(left(&disk), [(path.into(), b"\0\0xy".to_vec())]);
        sync(&mut disk, id);
        assert_eq!(left(&disk), [(path.into(), b"l".to_vec())]);
    }

    #[test]
    fn a_slower_sync_takes_nothing_that_came_after_it() {
        let (mut disk, path) = (Disk::default(), Path::new("/d/a"));
        let id = disk.open(path, Some(Vec::new()));
        disk.write(id, 0, b"x");
        let slow = disk.changes(id);
        sync(&mut disk, id);
        disk.write(id, 1, b"y");
        disk.synced(id, slow);
        assert_eq!(left(&disk), [(path.into(), b"x".to_vec())]);
    }

    #[test]
    fn a_name_is_durable_once_its_directory_was_synced() {
        let (mut disk, path) = (Disk::default(), Path::new("/d/a"));
        let old = disk.open(path, Some(b"old".to_vec()));
        assert_eq!(disk.open(path, None), old);
        disk.delete(path);
        let new = disk.open(path, None);
        disk.write(new, 0, b"new");
        sync(&mut disk, new);
        assert_eq!(left(&disk), [(path.into(), b"old".to_vec())]);
        disk.synced_directory(Path::new("/elsewhere/a"));
        assert_eq!(left(&disk), [(path.into(), b"old".to_vec())]);
        disk.synced_directory(Path::new("/d/b"));
        assert_eq!(left(&disk), [(path.into(), b"new".to_vec())]);
        disk.delete(path);
        disk.synced_directory(path);
        assert_eq!(left(&disk), []);
    }

    #[test]
    fn some_of_the_unsynced_writes_may_be_there() {
        let (mut disk, path) = (Disk::default(), Path::new("/d/a"));
        let id = disk.open(path, Some(vec![0; 64]));
        for at in 0..64 {
            disk.write(id, at, &[1]);
        }
        let ones = |seed| -> usize {
            let (_, bytes) = disk.after(Cut::LosesSome(seed)).remove(0);
            bytes.into_iter().map(usize::from).sum()
        };
        assert!((1..64).contains(&ones(1)));
        assert_ne!(disk.after(Cut::LosesSome(1)), disk.after(Cut::LosesSome(2)));
    }
}
