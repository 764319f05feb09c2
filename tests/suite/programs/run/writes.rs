//! Writes of single records and of batches.

use std::fmt::Debug;

use keyloom::{Result, Revision, Update};

use super::{Owned, told};
use crate::programs::domain::{Any, with_record};
use crate::programs::fuzzed::Fuzzed;
use crate::programs::program::{Batch, Edit, Held, Only, Target, with_batch};

impl Held {
    /// The number that is meant where this one is stored.
    pub(super) fn of(self, stored: u64) -> u64 {
        match self {
            Self::Stored => stored,
            Self::Off(by) => stored.saturating_add_signed(by),
            Self::Zero => 0,
        }
    }

    pub(super) fn revision(self, stored: Revision) -> Revision {
        Revision::new(self.of(stored.get()))
    }
}

/// The revision of the stored record, deleted or not; zero where none is stored.
pub(super) async fn stored_revision<R: Fuzzed>(scope: &Owned, record: &R) -> Revision
where
{
    match scope.get(record.key_of()).with_deleted().await {
        Ok(Some(mut stored)) => stored.revision().copied().unwrap_or_default(),
        _ => Revision::ZERO,
    }
}

/// Gives the struct the revision that the step wants it to hold.
pub(super) async fn hold<R: Fuzzed>(scope: &Owned, record: &mut R, held: Held) {
    let stored = stored_revision(scope, record).await;
    if let Some(revision) = record.revision() {
        *revision = held.revision(stored);
    }
}

pub(super) async fn write<R: Fuzzed>(
    scope: &Owned,
    mut record: R,
    insert: bool,
    held: Held,
) -> String
where
{
    hold(scope, &mut record, held).await;
    let outcome =
        if insert { scope.insert(&mut record).await } else { scope.save(&mut record).await };
    format!("{} {record:?}", told(outcome))
}

impl Edit {
    /// The update with the changes and conditions.
    pub(super) fn added_to<W, R: Fuzzed>(
        &self,
        mut update: Update<W, R>,
        stored: Revision,
    ) -> Update<W, R> {
        for change in &self.changes {
            update = R::changed(update, change.0, &change.1, change.2);
        }
        if let Some(held) = self.revision {
            update = update.if_revision(held.revision(stored));
        }
        match &self.when {
            Some(filter) => update.when(filter.condition()),
            None => update,
        }
    }
}

pub(super) async fn update(
    scope: &Owned,
    record: &Any,
    edit: &Edit,
    or_insert: Option<&Any>,
) -> String {
    macro_rules! update {
        ($($type:ident)*) => {
            match (record, or_insert) {
                $((Any::$type(record), Some(Any::$type(inserted))) => {
                    let stored = stored_revision(scope, record).await;
                    let update = edit.added_to(scope.update(record.key_of()), stored);
                    told(update.or_insert(inserted.clone()).await)
                })*
                (record, _) => with_record!(record, record => {
                    let stored = stored_revision(scope, record).await;
                    told(edit.added_to(scope.update(record.key_of()), stored).await)
                }),
            }
        };
    }
    update!(Task Memo Token Slot Paper)
}

pub(super) async fn delete<R: Fuzzed>(
    scope: &Owned,
    mut record: R,
    target: Target,
    only: &Only,
    purge: bool,
) -> String
where
{
    let stored = stored_revision(scope, &record).await;
    if let Target::Record(held) = target {
        hold(scope, &mut record, held).await;
    }
    let mut delete = match (target, purge) {
        (Target::Key, false) => scope.delete(record.key_of()),
        (Target::Key, true) => R::purge(scope, record.key_of()),
        (Target::Record(_), false) => scope.delete(&record),
        (Target::Record(_), true) => R::purge(scope, &record),
    };
    if only.exists {
        delete = delete.if_exists();
    }
    if let Some(held) = only.revision {
        delete = delete.if_revision(held.revision(stored));
    }
    if let Some(filter) = &only.when {
        delete = delete.when(filter.condition());
    }
    told(delete.await)
}

fn each<T: Debug>(outcomes: Result<Vec<Result<T>>>) -> String {
    told(outcomes.map(|outcomes| outcomes.into_iter().map(told).collect::<Vec<_>>()))
}

pub(super) async fn write_all(scope: &Owned, batch: &Batch, insert: bool, held: Held) -> String {
    with_batch!(batch.clone(), mut records => {
        for record in &mut records {
            hold(scope, record, held).await;
        }
        let outcomes = if insert {
            scope.insert_all(&mut records).await
        } else {
            scope.save_all(&mut records).await
        };
        format!("{} {records:?}", each(outcomes))
    })
}

pub(super) async fn delete_all(scope: &Owned, batch: &Batch) -> String {
    with_batch!(batch, records => {
        each(scope.delete_all(records.iter().map(Fuzzed::key_of)).await)
    })
}
