//! Reads by key.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures_util::{Stream, StreamExt as _, stream};

use super::backend::Shared;
use super::call::Attempts;
use super::error::Failure;
use super::item::{Item, StoredItem, key_of, live, type_of};
use super::put::{invalid_key, key_item};
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyText;
use crate::request::{Get, Rows};
use crate::schema::{Path, RecordSchema};

/// How many keys a `BatchGetItem` takes.
const BATCH: usize = 100;

/// Refuses an item that is no such record; no key of one can be that of another.
pub(super) fn check_type(record: &'static RecordSchema, item: &Item) -> Result<()> {
    if type_of(item) == Some(record.name) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Decode, "an item of another type stands under a key of this record")
        .with_record(record.name))
}

impl Shared {
    /// Reads one item.
    pub(super) async fn read(
        &self,
        attempts: &mut Attempts<'_>,
        key: &Item,
        eventual: bool,
    ) -> Result<Option<Item>> {
        let key = key_of(key).map(|(partition, sort)| key_item(&KeyText { partition, sort }));
        let get = attempts
            .client()
            .get_item()
            .table_name(&self.name)
            .set_key(key)
            .set_consistent_read((!eventual).then_some(true));
        loop {
            match attempts.send(get.clone().send()).await {
                Ok(output) => return Ok(output.item),
                Err(Failure::Other(problem)) if problem.retry => {
                    if !attempts.pause().await {
                        return Err(problem.error);
                    }
                }
                Err(failure) => return Err(failure.into_error()),
            }
        }
    }

    /// Reads many items, in any order.
    async fn read_batch(
        &self,
        keys: &[Item],
        eventual: bool,
        mut attempts: Attempts<'_>,
    ) -> Result<Vec<Item>> {
        let mut waiting = keys.to_vec();
        let mut items = Vec::with_capacity(keys.len());
        while !waiting.is_empty() {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut waiting)))
                .set_consistent_read((!eventual).then_some(true))
                .build()
                .map_err(|error| {
                    Error::new(ErrorKind::Unsupported, "the SDK refuses the request")
                        .with_source(error)
                })?;
            let get = attempts.client().batch_get_item().request_items(&self.name, wanted.clone());
            match attempts.send(get.send()).await {
                Ok(output) => {
                    let mut found = output.responses.unwrap_or_default();
                    items.append(&mut found.remove(&self.name).unwrap_or_default());
                    let mut left = output.unprocessed_keys.unwrap_or_default();
                    waiting = left.remove(&self.name).map(|left| left.keys).unwrap_or_default();
                    if !waiting.is_empty() && !attempts.pause_for_rest().await {
                        return Err(Error::new(
                            ErrorKind::Throttled,
                            format!(
                                "DynamoDB left {} keys unread until the deadline",
                                waiting.len()
                            ),
                        ));
                    }
                }
                Err(Failure::Other(problem)) if problem.retry => {
                    waiting = wanted.keys;
                    if !attempts.pause().await {
                        return Err(problem.error);
                    }
                }
                Err(failure) => return Err(failure.into_error()),
            }
        }
        Ok(items)
    }

    /// Reads many items, so many batches at a time.
    fn read_batches<'a>(
        &'a self,
        keys: &'a [Item],
        eventual: bool,
    ) -> impl Stream<Item = Result<Vec<Item>>> + Unpin + 'a {
        // The futures are made before the stream, which could not name their lifetime.
        let operation = self.caller.start();
        let batches: Vec<_> = keys
            .chunks(BATCH)
            .map(|keys| Box::pin(self.read_batch(keys, eventual, operation.sibling())))
            .collect();
        stream::iter(batches).buffer_unordered(self.concurrency)
    }

    pub(super) async fn get(&self, get: &Get<'_>, rows: &mut dyn Rows) -> Result<()> {
        let record = self.schema.records[get.record];
        let mut places = HashMap::with_capacity(get.keys.len());
        let mut keys = Vec::with_capacity(get.keys.len());
        for (place, key) in get.keys.iter().enumerate() {
            let key = KeyText::encode(record, Path::Primary, get.tenant, key)
                .map_err(invalid_key(record))?;
            keys.push(key_item(&key));
            places.insert((key.partition, key.sort), place);
        }
        let mut hand_over = |item: Item| {
            check_type(record, &item)?;
            match key_of(&item).and_then(|key| places.get(&key).copied()) {
                Some(place) if live(record, &item, get.deleted, get.now) => {
                    rows.row(place, &mut StoredItem::new(record, item))
                }
                _ => Ok(()),
            }
        };
        if let [key] = &keys[..] {
            let found = self.read(&mut self.caller.start(), key, get.eventual).await?;
            return found.map_or(Ok(()), hand_over);
        }
        let mut batches = self.read_batches(&keys, get.eventual);
        while let Some(items) = batches.next().await {
            items?.into_iter().try_for_each(&mut hand_over)?;
        }
        Ok(())
    }

    /// Reads items by key, each under its key.
    pub(super) async fn read_by_key(
        &self,
        keys: &[Item],
        eventual: bool,
    ) -> Result<HashMap<(String, String), Item>> {
        let mut found = HashMap::with_capacity(keys.len());
        let mut batches = self.read_batches(keys, eventual);
        while let Some(items) = batches.next().await {
            found.extend(items?.into_iter().filter_map(|item| Some((key_of(&item)?, item))));
        }
        Ok(found)
    }
}
