//! Queries: each typed range as one key condition, page after page, dropping nothing.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::types::Select;

use super::backend::Shared;
use super::error::Failure;
use super::expression::Aliases;
use super::filter;
use super::item::{Item, StoredItem, key_of, key_text, live, type_of, value_at};
use super::put::{invalid_key, key_item, text};
use super::range::KeyCondition;
use super::read::check_type;
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyText;
use crate::request::{Filter, Position, Query, Rows, Visited};
use crate::schema::{DynamodbTable, Path, RecordSchema};
use crate::value::Row;

/// What a page under a filter reads at least; the next ones read twice as much each.
const FILTERED_PAGE: usize = 100;

/// A query on its way.
pub(super) struct Running<'a> {
    shared: &'a Shared,
    query: &'a Query<'a>,
    /// The records of its members.
    records: Vec<&'static RecordSchema>,
    condition: KeyCondition,
    /// Whether the index lacks fields of the record, which are then read from the table.
    hydrate: bool,
    /// The filter that DynamoDB does not apply, because the index lacks a field of it.
    own_filter: Option<&'a Filter>,
    key_expression: String,
    filter_expression: Option<String>,
    aliases: Aliases,
}

/// Whether every field of the filter is in the index.
fn is_held(table: &DynamodbTable, record: &RecordSchema, index: usize, filter: &Filter) -> bool {
    match filter {
        Filter::Compare { field, .. } | Filter::Present(field) => {
            table.holds(record, index, *field)
        }
        Filter::All(filters) | Filter::Any(filters) => {
            filters.iter().all(|filter| is_held(table, record, index, filter))
        }
        Filter::Not(filter) => is_held(table, record, index, filter),
    }
}

impl<'a> Running<'a> {
    pub(super) fn new(shared: &'a Shared, query: &'a Query<'a>) -> Result<Self> {
        let records: Vec<&'static RecordSchema> =
            query.members.iter().map(|member| shared.schema.records[member.record]).collect();
        let record = records[0];
        let condition = KeyCondition::of(record, query)?;
        let table = &shared.table;
        let (hydrate, held) = match query.path {
            Path::Primary => (false, true),
            Path::Index(at) => (
                !table.covers(record, at),
                query.filter.is_none_or(|filter| is_held(table, record, at, filter)),
            ),
        };
        let mut aliases = Aliases::default();
        let key_expression = condition.expression(&mut aliases);
        let wanted = filter::wanted(&records, query.deleted, query.now, &mut aliases);
        let filter = query.filter.filter(|_| held);
        let filter = filter.map(|filter| filter::expression(record, filter, &mut aliases));
        let filter_expression = match (wanted, filter) {
            (Some(wanted), Some(filter)) => Some(format!("{wanted} AND {filter}")),
            (wanted, filter) => wanted.or(filter),
        };
        let own_filter = query.filter.filter(|_| !held);
        Ok(Self {
            shared,
            query,
            records,
            condition,
            hydrate,
            own_filter,
            key_expression,
            filter_expression,
            aliases,
        })
    }

    /// Whether DynamoDB itself can count.
    fn counts(&self) -> bool {
        self.query.count_only && !self.condition.has_edges() && self.own_filter.is_none()
    }

    /// How many items the next request reads at most.
    fn page_size(&self, left: Option<usize>, page: u32, unread: Option<usize>) -> Option<usize> {
        let is_filtered = self.filter_expression.is_some() || self.own_filter.is_some();
        let wanted = left.map(|left| {
            // One of the items may be the bound that the range excludes.
            let wanted = left.saturating_add(usize::from(self.condition.has_edges()));
            if is_filtered {
                wanted.max(FILTERED_PAGE).saturating_mul(1 << page.min(16))
            } else {
                wanted
            }
        });
        match (wanted, unread) {
            (Some(wanted), Some(unread)) => Some(wanted.min(unread.max(1))),
            (wanted, unread) => wanted.or(unread.map(|unread| unread.max(1))),
        }
    }

    /// The request of one page.
    pub(super) fn input(&self, limit: Option<usize>, start: Option<Item>) -> QueryInputBuilder {
        let mut aliases = self.aliases.clone();
        let index = match self.query.path {
            Path::Primary => None,
            Path::Index(at) => Some(DynamodbTable::index_name(self.records[0].indexes[at].slot)),
        };
        let keys_only = self.query.count_only && !self.counts() && self.own_filter.is_none();
        let projection = keys_only.then(|| aliases.name(self.condition.sort_name()));
        let consistent = index.is_none() && !self.query.eventual;
        // A request without a limit reads a megabyte.
        let limit = limit.and_then(|limit| i32::try_from(limit).ok());
        QueryInput::builder()
            .table_name(&self.shared.name)
            .set_index_name(index)
            .key_condition_expression(&self.key_expression)
            .set_filter_expression(self.filter_expression.clone())
            .set_projection_expression(projection)
            .set_expression_attribute_names(aliases.names())
            .set_expression_attribute_values(aliases.values())
            .set_scan_index_forward(self.query.descending.then_some(false))
            .set_consistent_read(consistent.then_some(true))
            .set_select(self.counts().then_some(Select::Count))
            .set_limit(limit)
            .set_exclusive_start_key(start)
    }

    async fn send(&self, input: QueryInputBuilder) -> Result<QueryOutput> {
        let mut attempts = self.shared.caller.start();
        loop {
            let client = attempts.client().clone();
            match attempts.send(input.clone().send_with(&client)).await {
                Ok(output) => return Ok(output),
                Err(Failure::Other(problem)) if problem.retry => {
                    if !attempts.pause().await {
                        return Err(problem.error);
                    }
                }
                Err(failure) => return Err(failure.into_error()),
            }
        }
    }

    /// The key to go on behind.
    fn start(&self) -> Result<Option<Item>> {
        let Some(after) = self.query.after else {
            return Ok(None);
        };
        let record = self.records.get(after.member).copied().unwrap_or(self.records[0]);
        let key = KeyText::encode(record, self.query.path, self.query.tenant, &after.row)
            .map_err(invalid_key(record))?;
        let Path::Index(at) = self.query.path else {
            return Ok(Some(key_item(&key)));
        };
        // Behind the index's values stand those of the primary key.
        let mut primary = Row::with_capacity(4);
        for value in after.row.iter().skip(record.placeholders(self.query.path).count()) {
            primary.push(&value);
        }
        let own = KeyText::encode(record, Path::Primary, self.query.tenant, &primary)
            .map_err(invalid_key(record))?;
        let mut start = key_item(&own);
        let slot = record.indexes[at].slot;
        start.insert(DynamodbTable::index_partition(slot), text(key.partition));
        start.insert(DynamodbTable::index_sort(slot), text(key.sort));
        Ok(Some(start))
    }

    /// The position of the key where DynamoDB stopped; `None` if it is no member's.
    fn position(&self, last: &Item) -> Option<Position> {
        let (partition, sort) = match self.query.path {
            Path::Primary => key_of(last)?,
            Path::Index(at) => {
                let slot = self.records[0].indexes[at].slot;
                let text = |name: String| key_text(last, &name).map(str::to_owned);
                (
                    text(DynamodbTable::index_partition(slot))?,
                    text(DynamodbTable::index_sort(slot))?,
                )
            }
        };
        let key = KeyText { partition, sort };
        self.records.iter().enumerate().find_map(|(member, record)| {
            let row = key.decode(record, self.query.path, self.query.tenant)?;
            Some(Position { member, row })
        })
    }

    pub(super) async fn run(&self, rows: &mut dyn Rows) -> Result<Visited> {
        let mut visited = Visited::default();
        if self.condition.is_empty() {
            return Ok(visited);
        }
        let limit = self.query.limit.map(std::num::NonZeroUsize::get);
        let mut unread = self.query.max_read.map(std::num::NonZeroUsize::get);
        let mut start = self.start()?;
        for page in 0_u32.. {
            let left = limit.map(|limit| limit - visited.count);
            let input = self.input(self.page_size(left, page, unread), start.take());
            let output = self.send(input).await?;
            let scanned = usize::try_from(output.scanned_count).unwrap_or_default();
            unread = unread.map(|unread| unread.saturating_sub(scanned));
            let last = output.last_evaluated_key;
            if self.counts() {
                visited.count += usize::try_from(output.count).unwrap_or_default();
            } else {
                let items = output.items.unwrap_or_default();
                self.hand_over(items, limit, &mut visited, rows).await?;
            }
            if let Some(limit) = limit
                && visited.count >= limit
            {
                visited.count = limit;
                return Ok(visited);
            }
            let Some(last) = last.filter(|last| !last.is_empty()) else {
                return Ok(visited);
            };
            if unread == Some(0) {
                visited.resume = self.position(&last);
                if visited.resume.is_some() {
                    return Ok(visited);
                }
            }
            start = Some(last);
        }
        Ok(visited)
    }

    /// Hands the items of a page over, as many as are wanted.
    async fn hand_over(
        &self,
        mut items: Vec<Item>,
        limit: Option<usize>,
        visited: &mut Visited,
        rows: &mut dyn Rows,
    ) -> Result<()> {
        if self.condition.has_edges() {
            let sort = self.condition.sort_name();
            items.retain(|item| key_text(item, sort).is_some_and(|key| self.condition.holds(key)));
        }
        if self.own_filter.is_some() || self.hydrate && !self.query.count_only {
            items = self.whole(items).await?;
        }
        for item in items {
            if limit.is_some_and(|limit| visited.count >= limit) {
                break;
            }
            visited.count += 1;
            if self.query.count_only {
                continue;
            }
            let member = match &self.records[..] {
                [record] => {
                    check_type(record, &item)?;
                    0
                }
                records => {
                    let found = type_of(&item);
                    let at = records.iter().position(|record| Some(record.name) == found);
                    at.ok_or_else(|| {
                        Error::new(ErrorKind::Decode, "an item is of no type of the collection")
                    })?
                }
            };
            rows.row(member, &mut StoredItem::new(self.records[member], item))?;
        }
        Ok(())
    }

    /// The items that these index entries belong to. One that has moved since is left out: it is in
    /// the index elsewhere.
    async fn whole(&self, entries: Vec<Item>) -> Result<Vec<Item>> {
        let record = self.records[0];
        let Path::Index(at) = self.query.path else {
            return Ok(entries);
        };
        let keys: Vec<Item> = entries
            .iter()
            .filter_map(key_of)
            .map(|(partition, sort)| key_item(&KeyText { partition, sort }))
            .collect();
        let mut found: HashMap<(String, String), Item> =
            self.shared.read_by_key(&keys, self.query.eventual).await?;
        let slot = record.indexes[at].slot;
        let names = [DynamodbTable::index_partition(slot), DynamodbTable::index_sort(slot)];
        let passes = |item: &Item| {
            live(record, item, self.query.deleted, self.query.now)
                && self
                    .query
                    .filter
                    .is_none_or(|filter| filter.passes(record, &|at| value_at(record, item, at)))
        };
        Ok(entries
            .iter()
            .filter_map(|entry| {
                let item = found.remove(&key_of(entry)?)?;
                let moved = names.iter().any(|name| item.get(name) != entry.get(name));
                (!moved && passes(&item)).then_some(item)
            })
            .collect())
    }
}
