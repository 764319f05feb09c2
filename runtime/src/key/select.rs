//! [`Select`] and [`Key`]: the key values that a query or a get was given.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Bound;

use super::{Arg, settle};
use crate::Record;
use crate::error::Error;
use crate::schema::{Path, Placeholder, RecordSchema};
use crate::value::{Invalid, Row, Value};

/// The values of one path, from the left: some equal, then at most one range.
///
/// A wrong value (an integer that no engine holds, say) is kept and reported by the operation that
/// the selection is handed to, so that keys can be built without `?`.
#[derive(Clone)]
pub struct Select {
    record: &'static RecordSchema,
    path: Path,
    row: Row,
    range: Option<SelectRange>,
    invalid: Option<(&'static str, Invalid)>,
}

/// The range of a selection's last component.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectRange {
    /// Between two values.
    Between(Bound<Value<'static>>, Bound<Value<'static>>),
    /// Text that begins with this one.
    StartsWith(String),
}

/// Shows which components were given, not their values.
impl fmt::Debug for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            self.record.placeholders(self.path).map(|part| self.record.fields[part.field].name);
        let mut given: Vec<&str> =
            names.take(self.row.len() + usize::from(self.range.is_some())).collect();
        let ranged = if self.range.is_some() { given.pop() } else { None };
        f.debug_struct("Select")
            .field("record", &self.record.name)
            .field("path", &self.record.path_name(self.path))
            .field("equal", &given)
            .field("range", &ranged)
            .finish_non_exhaustive()
    }
}

impl Select {
    /// A selection of everything on `path`.
    pub fn new(record: &'static RecordSchema, path: Path) -> Self {
        Self { record, path, row: Row::with_capacity(4), range: None, invalid: None }
    }

    /// Adds one equal value for the next component.
    pub fn equal<T>(&mut self, value: &impl Arg<T>) {
        let written = value.write_value(&mut self.row);
        self.settle_last(written);
    }

    pub(super) fn range<T, A: Arg<T>>(&mut self, lower: Bound<&A>, upper: Bound<&A>) {
        let lower = self.bound(lower);
        let upper = self.bound(upper);
        self.range = Some(SelectRange::Between(lower, upper));
    }

    /// The integers of the next component from one to another, both included.
    pub(crate) fn integers(&mut self, from: i64, through: i64) {
        let bound = |number| Bound::Included(Value::Int(number));
        self.range = Some(SelectRange::Between(bound(from), bound(through)));
    }

    pub(super) fn starts_with(&mut self, prefix: &str) {
        // The argument of a normalised component is trimmed at its start only: what follows may
        // begin with white space.
        let prefix = match self.next_placeholder() {
            Some(Placeholder { norm: true, .. }) => {
                prefix.trim_start().chars().flat_map(char::to_lowercase).collect()
            }
            _ => prefix.to_owned(),
        };
        self.range = (!prefix.is_empty()).then_some(SelectRange::StartsWith(prefix));
    }

    fn bound<T, A: Arg<T>>(&mut self, bound: Bound<&A>) -> Bound<Value<'static>> {
        let mut taken = |value: &A| {
            let before = self.row.len();
            self.equal(value);
            if self.row.len() > before { self.row.pop() } else { Value::Null }
        };
        match bound {
            Bound::Included(value) => Bound::Included(taken(value)),
            Bound::Excluded(value) => Bound::Excluded(taken(value)),
            Bound::Unbounded => Bound::Unbounded,
        }
    }

    fn next_placeholder(&self) -> Option<&'static Placeholder> {
        self.record.placeholders(self.path).nth(self.row.len())
    }

    /// Brings the value that was just written into the form of its component.
    fn settle_last(&mut self, written: Result<(), Invalid>) {
        let at = self.row.len().saturating_sub(usize::from(written.is_ok()));
        let Some(placeholder) = self.record.placeholders(self.path).nth(at) else {
            return;
        };
        let settled =
            written.and_then(|()| settle(self.record, self.path, placeholder, &mut self.row));
        if let Err(invalid) = settled {
            let field = self.record.fields[placeholder.field].name;
            self.invalid.get_or_insert((field, invalid));
            self.row.truncate(at);
            self.row.push(&Value::Null);
        }
    }

    /// The path selected on.
    pub fn path(&self) -> Path {
        self.path
    }

    /// The record selected from.
    pub fn record(&self) -> &'static RecordSchema {
        self.record
    }

    /// The equal values, from the left.
    pub fn row(&self) -> &Row {
        &self.row
    }

    /// The range on the component after the equal ones.
    pub fn selected_range(&self) -> Option<&SelectRange> {
        self.range.as_ref()
    }

    /// The first value that cannot stand in the key, as an error.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.invalid {
            None => Ok(()),
            Some((field, invalid)) => Err(Error::key(self.record.name, field, invalid)),
        }
    }
}

/// The primary key of one `R`, without its tenant.
///
/// Made by the function `key` that the derive gives each record; its arguments are the fields of the
/// partition template and then those of the sort template.
#[must_use = "a key does nothing until it is handed to an operation"]
pub struct Key<R> {
    select: Select,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> Key<R> {
    /// A key that waits for its values.
    #[doc(hidden)]
    pub fn build() -> Self {
        Self { select: Select::new(R::SCHEMA, Path::Primary), record: PhantomData }
    }

    /// Adds the value of the next component.
    #[doc(hidden)]
    pub fn with<T>(mut self, value: impl Arg<T>) -> Self {
        self.select.equal(&value);
        self
    }

    pub(crate) fn row(&self) -> Result<&Row, Error> {
        self.select.check()?;
        Ok(&self.select.row)
    }
}

impl<R> Clone for Key<R> {
    fn clone(&self) -> Self {
        Self { select: self.select.clone(), record: PhantomData }
    }
}

impl<R> PartialEq for Key<R> {
    fn eq(&self, other: &Self) -> bool {
        self.select.row == other.select.row
    }
}

/// Shows the shape of the key, not its content.
impl<R: Record> fmt::Debug for Key<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::schema::Layout;
        let Layout { partition, sort } = R::SCHEMA.primary;
        let fields = R::SCHEMA.fields;
        write!(
            f,
            "Key<{}>({} / {})",
            R::SCHEMA.name,
            Layout::template(partition, fields),
            Layout::template(sort, fields)
        )
    }
}
