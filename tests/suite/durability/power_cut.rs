//! A file rebuilt from synced bytes alone holds every acknowledged save.
//!
//! `kill -9` would not show this, because the page cache survives it.

use std::sync::{Arc, Mutex, PoisonError};

use keyloom::ErrorKind;
use keyloom::sqlite::Synchronous;
use keyloom_synced_vfs::{Cut, SyncedVfs};
use tempfile::TempDir;

use super::{
    Acknowledged, Entry, Records, assert_indexes, assert_intact, entry, file, next, open, runtime,
    temporary,
};
use crate::child;

pub(super) const TASKS: u32 = 8;
const SAVES: u32 = 60;

/// Saves in several tasks and cuts the power at several moments; how many of the acknowledged saves
/// each cut lost.
struct PowerCuts {
    vfs: SyncedVfs,
    directory: TempDir,
    acknowledged: Mutex<Acknowledged>,
    cuts: Mutex<Vec<(TempDir, Acknowledged)>>,
}

impl PowerCuts {
    /// A save was acknowledged; the power is cut after every 70th, while the other tasks go on.
    fn add(&self, entry: &Entry) {
        let mut acknowledged = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        acknowledged.add(entry);
        let revisions: u64 = acknowledged.0.values().sum();
        if revisions.is_multiple_of(70) {
            let before = acknowledged.clone();
            drop(acknowledged);
            self.cut(&before);
        }
    }

    /// `acknowledged` was taken before, so all of it must be there.
    fn cut(&self, acknowledged: &Acknowledged) {
        let mut cuts = self.cuts.lock().unwrap_or_else(PoisonError::into_inner);
        for cut in [Cut::LosesAll, Cut::LosesSome(cuts.len() as u64)] {
            let left = temporary();
            self.vfs.snapshot(self.directory.path(), left.path(), cut).expect("it is written");
            cuts.push((left, acknowledged.clone()));
        }
    }

    async fn save(self: Arc<Self>, records: Records, task: u32) {
        for id in 0..SAVES / 2 {
            let mut first = entry(task, id);
            records.insert(&mut first).await.expect("it is inserted");
            self.add(&first);
            // An older one again, with a longer body, so that pages split.
            let mut again = records.get(Entry::key(task, id / 2)).await.unwrap().expect("stored");
            next(&mut again);
            records.save(&mut again).await.expect("it is saved");
            self.add(&again);
        }
    }
}

#[test]
#[ignore = "run by the tests of power cuts in a process of its own"]
fn child_whose_power_is_cut() {
    let (Some(mode), Some(threads)) = (child::argument("mode"), child::argument("threads")) else {
        return;
    };
    let threads: usize = threads.parse().expect("a number");
    let synchronous = match &*mode {
        "full" => Synchronous::Full,
        "normal" => Synchronous::Normal,
        _ => Synchronous::Off,
    };
    let cuts = Arc::new(PowerCuts {
        vfs: SyncedVfs::install().expect("the VFS is installed"),
        directory: temporary(),
        acknowledged: Mutex::default(),
        cuts: Mutex::default(),
    });
    let runtime = runtime(threads);
    let syncs = runtime.block_on(async {
        let records = open(&cuts.directory, synchronous).await.expect("it opens");
        let before = cuts.vfs.syncs();
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| tokio::spawn(Arc::clone(&cuts).save(records.clone(), task)))
            .collect();
        for task in tasks {
            task.await.expect("the task ends");
        }
        let acknowledged = cuts.acknowledged.lock().unwrap().clone();
        cuts.cut(&acknowledged);
        let syncs = cuts.vfs.syncs() - before;
        // Closing checkpoints the log and removes it.
        drop(records);
        cuts.cut(&acknowledged);
        syncs
    });
    let files = std::mem::take(&mut *cuts.cuts.lock().unwrap());
    let lost = runtime.block_on(async {
        let mut lost = Vec::new();
        for (left, acknowledged) in &files {
            match open(left, Synchronous::Full).await {
                Ok(records) => {
                    lost.push(acknowledged.lost(&records).await);
                    if synchronous != Synchronous::Off {
                        assert_indexes(&records).await;
                        assert_intact(&file(left));
                    }
                }
                // Without any sync the file may be damaged, and then everything is lost.
                Err(error) if synchronous == Synchronous::Off => {
                    assert_ne!(error.kind(), ErrorKind::UnknownOutcome);
                    lost.push(acknowledged.0.len());
                }
                Err(error) => panic!("a cut left a file that does not open: {error:?}"),
            }
        }
        lost
    });
    child::tell(&format!(
        "{} {syncs}",
        lost.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
    ));
}

/// The losses of each cut, and the syncs until all saves were acknowledged.
fn power_cuts(mode: &str, threads: &str) -> (Vec<usize>, usize) {
    let printed = child::run(
        "durability::power_cut::child_whose_power_is_cut",
        &[("mode", mode), ("threads", threads)],
    );
    let line = printed.lines().find_map(|line| line.strip_prefix("> ")).expect("a result");
    let (lost, rest) = line.split_once(' ').expect("two results");
    let syncs = rest.trim_end_matches(" .").parse().expect("a number");
    let lost: Vec<usize> = lost.split(',').map(|lost| lost.parse().expect("a number")).collect();
    assert!(lost.len() > 10, "the power was cut {} times", lost.len());
    (lost, syncs)
}

#[test]
fn a_power_cut_loses_nothing_acknowledged() {
    let (lost, _) = power_cuts("full", "4");
    assert!(lost.iter().all(|&lost| lost == 0), "lost at each cut: {lost:?}");
}

#[test]
fn one_sync_makes_a_whole_group_durable() {
    let (lost, syncs) = power_cuts("full", "1");
    assert!(lost.iter().all(|&lost| lost == 0), "lost at each cut: {lost:?}");
    // On one thread each of the eight tasks has a save waiting whenever one of them commits.
    let saves = (TASKS * SAVES) as usize;
    assert!(syncs * 4 < saves, "{syncs} syncs for {saves} saves");
}

#[test]
fn a_power_cut_loses_acknowledged_saves_without_syncs() {
    let (lost, _) = power_cuts("off", "4");
    assert!(lost.iter().any(|&lost| lost > 0), "the test proves nothing: {lost:?}");
}

#[test]
fn a_power_cut_at_normal_leaves_a_whole_file() {
    let (lost, _) = power_cuts("normal", "4");
    assert!(lost.iter().any(|&lost| lost > 0), "the last saves were not synced: {lost:?}");
}
