//! Removes guards that hold nothing any more.
//!
//! A unique index is filled while only programs that know nothing of it write. If the filling is
//! interrupted, they go on and change records whose guards stand already, so that those would hold
//! values that nobody has. The next filling begins with this.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::backend::Shared;
use super::backfill::{Gain, tenant, unchanged};
use super::change::{Change, Kind};
use super::error::{Failure, cancelled, refused_by_sdk};
use super::expression::Aliases;
use super::item::{Item, key_of, key_text, live, row_of, type_of};
use super::put::{key_item, text};
use super::scan::{SEGMENTS, scan_input};
use super::sdk::types::{ConditionCheck, TransactWriteItem};
use super::unique::{self, OWNER};
use crate::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyText;
use crate::schema::{DynamodbTable, RecordSchema};

/// Removes the guards of gained unique indexes whose records do not have the values.
pub(super) async fn remove(shared: &Shared, gains: &[Gain]) -> Result<()> {
    let unique = |gain: &Gain| gain.indexes.iter().any(|&at| gain.record.indexes[at].unique);
    if !gains.iter().any(unique) {
        return Ok(());
    }
    let segments: Vec<_> =
        (0..SEGMENTS).map(|segment| Box::pin(remove_in(shared, gains, segment))).collect();
    stream::iter(segments).buffer_unordered(SEGMENTS as usize).try_collect().await
}

async fn remove_in(shared: &Shared, gains: &[Gain], segment: u32) -> Result<()> {
    let input = scan_input(&shared.name, &[unique::TYPE], true);
    let mut after = None;
    loop {
        let page = shared.scan(&input, SEGMENTS, segment, after).await?;
        let guards: Vec<_> = page
            .items
            .iter()
            .filter_map(|item| Held::of(gains, item))
            .map(|held| Box::pin(held.settle(shared)))
            .collect();
        stream::iter(guards).buffer_unordered(shared.concurrency).try_collect::<()>().await?;
        after = page.after;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// A guard of a gained index.
struct Held {
    record: &'static RecordSchema,
    index: usize,
    guard: KeyText,
    /// What the guard says of its owner, and the key that it means.
    owner: String,
    owner_key: KeyText,
}

impl Held {
    /// The guard that an item is; `None` where it is one of another index.
    fn of(gains: &[Gain], item: &Item) -> Option<Self> {
        let (partition, sort) = key_of(item)?;
        let mut parts = partition.split('#').skip(2);
        let (name, constraint) = (parts.next()?, parts.next()?);
        let gain = gains.iter().find(|gain| gain.record.name == name)?;
        let named = |at: &&usize| gain.record.indexes[**at].name == constraint;
        let index = *gain.indexes.iter().find(named)?;
        let owner = key_text(item, OWNER)?.to_owned();
        // `$` stands in no key.
        let (owner_partition, owner_sort) = owner.split_once('$')?;
        let owner_key =
            KeyText { partition: owner_partition.to_owned(), sort: owner_sort.to_owned() };
        let guard = KeyText { partition, sort };
        Some(Self { record: gain.record, index, guard, owner, owner_key })
    }

    /// Whether the owner has the values.
    fn is_right(&self, owner: &Item) -> Result<bool> {
        if type_of(owner) != Some(self.record.name)
            || !live(self.record, owner, true, Timestamp::now())
        {
            return Ok(false);
        }
        let row = row_of(self.record, owner);
        let guards = unique::guards(self.record, &tenant(self.record, &row)?, &row)?;
        Ok(guards.iter().any(|guard| guard.index == self.index && guard.key == self.guard))
    }

    /// Removes the guard if its owner does not have the values.
    async fn settle(self, shared: &Shared) -> Result<()> {
        let mut attempts = shared.caller.start();
        loop {
            let owner = shared.read(&mut attempts, &key_item(&self.owner_key), false).await?;
            if let Some(owner) = &owner
                && self.is_right(owner)?
            {
                return Ok(());
            }
            // The owner may get the values again at any moment, by a program that knows the index.
            let request = attempts
                .client()
                .transact_write_items()
                .transact_items(self.removal().in_transaction(&shared.name)?)
                .transact_items(self.check(shared, owner.as_ref())?);
            let error = match attempts.send(request.send()).await {
                Ok(_) => return Ok(()),
                Err(Failure::Cancelled(reasons)) => match reasons.iter().find_map(cancelled) {
                    Some(problem) if !problem.retry => return Err(problem.error),
                    Some(problem) => problem.error,
                    // Another record has taken the values, or an attempt of ours was applied.
                    None if reasons.first().is_some_and(|one| one.code() != Some("None")) => {
                        return Ok(());
                    }
                    None => Error::new(
                        ErrorKind::Contended,
                        "other writers keep changing a record that is being indexed",
                    ),
                },
                Err(Failure::Other(problem)) if problem.retry => problem.error,
                Err(failure) => return Err(failure.into_error()),
            };
            if !attempts.pause().await {
                return Err(error);
            }
        }
    }

    fn removal(&self) -> Change {
        let mut aliases = Aliases::default();
        let name = aliases.name(OWNER);
        let condition = Some(format!("{name} = {}", aliases.value("owner", text(&*self.owner))));
        let kind = Kind::Delete { key: key_item(&self.guard), answer: false };
        Change { kind, condition, aliases }
    }

    fn check(&self, shared: &Shared, owner: Option<&Item>) -> Result<TransactWriteItem> {
        let mut aliases = Aliases::default();
        let condition = match owner {
            Some(owner) => unchanged(owner, &mut aliases),
            None => format!("attribute_not_exists({})", aliases.name(DynamodbTable::PARTITION)),
        };
        let check = ConditionCheck::builder()
            .table_name(&shared.name)
            .set_key(Some(key_item(&self.owner_key)))
            .condition_expression(condition)
            .set_expression_attribute_names(aliases.names())
            .set_expression_attribute_values(aliases.values())
            .build()
            .map_err(refused_by_sdk)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}
