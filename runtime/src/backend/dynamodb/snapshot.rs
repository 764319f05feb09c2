//! Reads of several records at one moment.

use aws_sdk_dynamodb::types::{Get as GetPart, TransactGetItem};

use super::backend::Shared;
use super::error::{Failure, cancelled, refused_by_sdk};
use super::item::{Item, StoredItem, live};
use super::put::{invalid_key, key_item};
use super::read::check_type;
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyText;
use crate::request::{Get, Rows};
use crate::schema::Path;

impl Shared {
    /// Reads all keys of all gets as they are at one moment.
    pub(super) async fn snapshot(&self, gets: &[Get<'_>], rows: &mut dyn Rows) -> Result<()> {
        let mut parts = Vec::new();
        let mut wanted = Vec::new();
        for get in gets {
            let record = self.schema.records[get.record];
            for key in get.keys {
                let key = KeyText::encode(record, Path::Primary, get.tenant, key)
                    .map_err(invalid_key(record))?;
                let part = GetPart::builder().table_name(&self.name).set_key(Some(key_item(&key)));
                let part = part.build().map_err(refused_by_sdk)?;
                parts.push(TransactGetItem::builder().get(part).build());
                wanted.push((record, get));
            }
        }
        let found = self.read_atomic(parts).await?;
        for (place, ((record, get), item)) in wanted.into_iter().zip(found).enumerate() {
            let Some(item) = item else {
                continue;
            };
            check_type(record, &item)?;
            if live(record, &item, get.deleted, get.now) {
                rows.row(place, &mut StoredItem::new(record, item))?;
            }
        }
        Ok(())
    }

    async fn read_atomic(&self, parts: Vec<TransactGetItem>) -> Result<Vec<Option<Item>>> {
        let mut attempts = self.caller.start();
        loop {
            let get = attempts.client().transact_get_items();
            let get = get.set_transact_items(Some(parts.clone()));
            let failure = match attempts.send(get.send()).await {
                Ok(output) => {
                    let found = output.responses.unwrap_or_default();
                    return Ok(found.into_iter().map(|found| found.item).collect());
                }
                Err(failure) => failure,
            };
            let passes = match &failure {
                Failure::Other(problem) => problem.retry,
                // Somebody writes one of the items, or the engine asks for fewer requests.
                Failure::Cancelled(reasons) => {
                    reasons.iter().filter_map(cancelled).all(|problem| problem.retry)
                }
                Failure::Condition(_) => false,
            };
            if !passes || !attempts.pause().await {
                return Err(match failure {
                    Failure::Cancelled(reasons) => reasons.iter().find_map(cancelled).map_or_else(
                        || {
                            Error::new(
                                ErrorKind::Contended,
                                "others write the records all the time",
                            )
                        },
                        |problem| problem.error,
                    ),
                    failure => failure.into_error(),
                });
            }
        }
    }
}
