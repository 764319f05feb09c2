//! [`KeyCondition`]: the range of a query as one key condition, exact to the last key.

use aws_sdk_dynamodb::types::AttributeValue;

use super::expression::Aliases;
use super::put::{invalid_key, text};
use crate::error::Result;
use crate::key::{MAX_SORT_BYTES, encode_partition, encode_range, prefix_end};
use crate::request::Query;
use crate::schema::{DynamodbTable, Path, RecordSchema};

/// The keys of a query: those from `lower` up to, and without, `upper`.
pub(super) struct KeyCondition {
    partition: String,
    lower: String,
    upper: Option<String>,
    names: [String; 2],
    form: Form,
}

/// How the range of sort keys is said.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// Not at all: it is the whole partition.
    Whole,
    /// It is one key.
    One,
    /// It is what begins with `lower`.
    Prefix,
    /// It begins at `lower` and ends with the partition.
    From,
    /// It begins with the partition and ends before `upper`; no bound may be empty.
    Below,
    /// It lies between both, which DynamoDB includes.
    Between,
}

impl KeyCondition {
    pub(super) fn of(record: &'static RecordSchema, query: &Query<'_>) -> Result<Self> {
        let partition = encode_partition(record, query.path, query.tenant, &mut query.equal.iter())
            .map_err(invalid_key(record))?;
        let (lower, upper) = if query.members.len() > 1 {
            (String::new(), None)
        } else {
            encode_range(record, query.path, query.equal, query.range)
                .map_err(invalid_key(record))?
        };
        let whole_key = query.range.is_none()
            && query.equal.len() == record.placeholders(Path::Primary).count();
        let form = match &upper {
            None if lower.is_empty() => Form::Whole,
            None => Form::From,
            Some(_) if query.path == Path::Primary && whole_key => Form::One,
            // Too long for a bound, and not just by the `$` that no key holds.
            Some(upper) if upper.len() > MAX_SORT_BYTES && !upper.ends_with('$') => {
                if lower.is_empty() { Form::Whole } else { Form::From }
            }
            Some(_) if lower.is_empty() => Form::Below,
            upper if *upper == prefix_end(&lower) => Form::Prefix,
            Some(_) => Form::Between,
        };
        let names = match query.path {
            Path::Primary => [DynamodbTable::PARTITION.to_owned(), DynamodbTable::SORT.to_owned()],
            Path::Index(at) => {
                let slot = record.indexes[at].slot;
                [DynamodbTable::index_partition(slot), DynamodbTable::index_sort(slot)]
            }
        };
        Ok(Self { partition, lower, upper, names, form })
    }

    /// Whether no key can lie in the range: a key takes so many bytes and no more.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self.form, Form::One | Form::Prefix) && self.lower.len() > MAX_SORT_BYTES
    }

    /// Whether the condition may answer a key that is not in the range: DynamoDB includes both bounds of
    /// `BETWEEN`, and takes no bound that is longer than a key. A bound that ends in `$` is no key.
    pub(super) fn has_edges(&self) -> bool {
        let long = |bound: &String| bound.len() > MAX_SORT_BYTES;
        self.form == Form::Between
            && (long(&self.lower)
                || self.upper.as_ref().is_some_and(|upper| long(upper) || !upper.ends_with('$')))
            || matches!(self.form, Form::Whole | Form::From)
                && (self.upper.is_some() || long(&self.lower))
    }

    /// Whether a sort key that the condition answered lies in the range.
    pub(super) fn holds(&self, sort: &str) -> bool {
        sort >= &*self.lower && self.upper.as_ref().is_none_or(|upper| sort < upper.as_str())
    }

    /// The name of the sort key's attribute.
    pub(super) fn sort_name(&self) -> &str {
        &self.names[1]
    }

    pub(super) fn expression(&self, aliases: &mut Aliases) -> String {
        let [partition, sort] = &self.names;
        let partition = aliases.name(partition);
        let value = aliases.value("partition", text(&self.partition));
        let condition = format!("{partition} = {value}");
        if self.form == Form::Whole {
            return condition;
        }
        let sort = aliases.name(sort);
        let upper = self.upper.as_deref().unwrap_or_default();
        if self.form == Form::Below {
            // A bound that is cut off is a key below the whole one.
            let operator = if upper.len() > MAX_SORT_BYTES { "<=" } else { "<" };
            let upper = aliases.value("upper", bound(upper));
            return format!("{condition} AND {sort} {operator} {upper}");
        }
        let lower = aliases.value("lower", bound(&self.lower));
        let range = match self.form {
            Form::Whole | Form::Below => return condition,
            Form::One => format!("{sort} = {lower}"),
            Form::Prefix => format!("begins_with({sort}, {lower})"),
            Form::From => format!("{sort} >= {lower}"),
            Form::Between => {
                let upper = aliases.value("upper", bound(upper));
                format!("{sort} BETWEEN {lower} AND {upper}")
            }
        };
        format!("{condition} AND {range}")
    }
}

/// A bound no longer than a key: what lies between the two is no key.
fn bound(bound: &str) -> AttributeValue {
    let mut end = bound.len().min(MAX_SORT_BYTES);
    while !bound.is_char_boundary(end) {
        end -= 1;
    }
    text(&bound[..end])
}
