//! Whole-table scans, by segments that are read side by side.
//!
//! Only administration and the filling of new indexes read a whole table.

use super::backend::Shared;
use super::error::Failure;
use super::expression::Aliases;
use super::item::Item;
use super::put::{live_condition, text};
use super::sdk::operation::scan::ScanInput;
use super::sdk::operation::scan::builders::ScanInputBuilder;
use crate::Timestamp;
use crate::error::Result;
use crate::schema::{DynamodbTable, RecordSchema};

/// How many segments are read side by side unless said otherwise.
pub(super) const SEGMENTS: u32 = 4;

/// How many segments DynamoDB takes.
pub(super) const MOST_SEGMENTS: u32 = 1_000_000;

/// How many types one filter can name.
pub(super) const TYPES: usize = 100;

/// One step of a scan.
#[derive(Debug)]
pub(super) struct ScanPage {
    pub(super) segment: u32,
    pub(super) items: Vec<Item>,
    /// Where the segment goes on; `None` is its end.
    pub(super) after: Option<Item>,
}

/// The request that reads every item of these types, without its segment.
pub(super) fn scan_input(table: &str, types: &[&str], consistent: bool) -> ScanInputBuilder {
    scan_filtered(table, types, consistent, |_| String::new())
}

/// The request that reads every record of a type that has not expired at `now`.
pub(super) fn scan_record(
    table: &str,
    record: &'static RecordSchema,
    consistent: bool,
    now: Timestamp,
) -> ScanInputBuilder {
    scan_filtered(table, &[record.name], consistent, |aliases| {
        live_condition(record, aliases, false, now)
            .map(|live| format!(" AND {live}"))
            .unwrap_or_default()
    })
}

fn scan_filtered(
    table: &str,
    types: &[&str],
    consistent: bool,
    more: impl FnOnce(&mut Aliases) -> String,
) -> ScanInputBuilder {
    let mut aliases = Aliases::default();
    let tag = aliases.name(DynamodbTable::TYPE);
    let names: Vec<String> = types
        .iter()
        .enumerate()
        .map(|(at, name)| aliases.value(&format!("t{at}"), text(*name)))
        .collect();
    let mut filter = match &*names {
        [name] => format!("{tag} = {name}"),
        names => format!("{tag} IN ({})", names.join(", ")),
    };
    filter.push_str(&more(&mut aliases));
    ScanInput::builder()
        .table_name(table)
        .filter_expression(filter)
        .set_expression_attribute_names(aliases.names())
        .set_expression_attribute_values(aliases.values())
        .set_consistent_read(consistent.then_some(true))
}

impl Shared {
    /// Reads the next step of one segment of `segments`.
    pub(super) async fn scan(
        &self,
        input: &ScanInputBuilder,
        segments: u32,
        segment: u32,
        after: Option<Item>,
    ) -> Result<ScanPage> {
        let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let input = input
            .clone()
            .segment(number(segment))
            .total_segments(number(segments))
            .set_exclusive_start_key(after);
        let client = self.caller.client();
        let answer = self.caller.repeat(|| input.clone().send_with(client)).await;
        let output = answer.map_err(Failure::into_error)?;
        let after = output.last_evaluated_key.filter(|key| !key.is_empty());
        Ok(ScanPage { segment, items: output.items.unwrap_or_default(), after })
    }
}
