//! [`Field`] tokens and the [`Condition`]s made of them.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Not;

use crate::key::Arg;
use crate::record::Record;
use crate::request::{Compare, Filter};
use crate::schema::{RecordSchema, Storage};
use crate::value::{FieldSink, Invalid, Row, Scalar, Tree, Value};

/// A field of the record `R` with the type `T`, as an associated constant of the record.
///
/// ```
/// # use keyloom::Record;
/// # #[derive(Record)]
/// # #[record(global, partition = "tasks", sort = "{id}")]
/// # struct Task { id: u32, title: String, owner: Option<String>, labels: Vec<String> }
/// let condition = Task::TITLE.starts_with("Fix")
///     .and(Task::OWNER.is_absent().or(Task::LABELS.contains("urgent")));
/// ```
///
/// `S` says whether an update may set the field, and why not otherwise.
pub struct Field<R, T, S = Settable> {
    at: usize,
    write: Option<WriteValue<T>>,
    types: PhantomData<fn() -> (R, S)>,
}

/// How a value of type `T` is written.
pub(super) type WriteValue<T> = fn(&T, &mut dyn FieldSink) -> Result<(), Invalid>;

/// An update may set the field.
#[derive(Debug)]
pub enum Settable {}

/// The field stands in the primary key.
#[derive(Debug)]
pub enum InKey {}

/// The field is the tenant.
#[derive(Debug)]
pub enum IsTenant {}

/// The field is the revision.
#[derive(Debug)]
pub enum IsRevision {}

/// The field is the stamp of a write.
#[derive(Debug)]
pub enum IsStamp {}

/// The field is the mark of a soft delete.
#[derive(Debug)]
pub enum IsMark {}

impl<R, T, S> Field<R, T, S> {
    /// The field at a position.
    #[doc(hidden)]
    pub const fn new(at: usize) -> Self {
        Self { at, write: None, types: PhantomData }
    }

    /// The position.
    pub(super) const fn at(self) -> usize {
        self.at
    }
}

impl<R, T> Field<R, T> {
    /// Values of the field are written so.
    #[doc(hidden)]
    #[must_use]
    pub const fn settable(mut self, write: WriteValue<T>) -> Self {
        self.write = Some(write);
        self
    }
}

impl<R, T, S> Field<R, T, S> {
    pub(super) fn write_value(self, value: &T, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        match self.write {
            Some(write) => write(value, to),
            None => Err(Invalid::new("no update sets the field")),
        }
    }
}

impl<R, T, S> Clone for Field<R, T, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, T, S> Copy for Field<R, T, S> {}

impl<R: Record, T, S> fmt::Debug for Field<R, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = R::SCHEMA.fields.get(self.at).map_or("?", |field| field.name);
        write!(f, "Field({}.{name})", R::SCHEMA.name)
    }
}

/// How many values `one_of` takes.
const MOST_VALUES: usize = 100;

/// A value that a field of type `F` compares with: a scalar of its type, or of the type that its
/// `Option` is of.
#[diagnostic::on_unimplemented(
    message = "a field of type `{F}` does not compare with `{Self}`",
    label = "does not compare with `{F}`",
    note = "numbers of a fixed width, text, bytes, booleans, times, ids and `Option`s of them compare with their own type; lists and sets of text have `contains`"
)]
pub trait Operand<F> {
    /// Writes the value.
    #[doc(hidden)]
    fn write_operand(&self, to: &mut dyn FieldSink) -> Result<(), Invalid>;
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, V: Arg<T>> Operand<T> for V {
    fn write_operand(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        self.write_value(to)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, V: Arg<T>> Operand<Option<T>> for V {
    fn write_operand(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        self.write_value(to)
    }
}

/// A field type that contains text: text itself, and lists and sets of it.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` contains no text",
    label = "neither text nor a list or set of text"
)]
pub trait ContainsText {}

#[diagnostic::do_not_recommend]
impl ContainsText for String {}
#[diagnostic::do_not_recommend]
impl ContainsText for Vec<String> {}
#[diagnostic::do_not_recommend]
impl ContainsText for BTreeSet<String> {}
#[diagnostic::do_not_recommend]
impl<S> ContainsText for HashSet<String, S> {}
#[diagnostic::do_not_recommend]
impl<T: ContainsText> ContainsText for Option<T> {}

impl<R, T, S> Field<R, T, S> {
    /// The field equals the value; an absent field equals nothing.
    pub fn eq(self, value: impl Operand<T>) -> Condition<R> {
        self.compare(Compare::Equal, |to| value.write_operand(to))
    }

    /// The field does not equal the value, or is absent.
    pub fn ne(self, value: impl Operand<T>) -> Condition<R> {
        self.compare(Compare::NotEqual, |to| value.write_operand(to))
    }

    /// The field is less than the value.
    pub fn lt(self, value: impl Operand<T>) -> Condition<R> {
        self.compare(Compare::Less, |to| value.write_operand(to))
    }

    /// The field is less than the value or equal to it.
    pub fn le(self, value: impl Operand<T>) -> Condition<R> {
        self.compare(Compare::LessOrEqual, |to| value.write_operand(to))
    }

    /// The field is greater than the value.
    pub fn gt(self, value: impl Operand<T>) -> Condition<R> {
        self.compare(Compare::Greater, |to| value.write_operand(to))
    }

    /// The field is greater than the value or equal to it.
    pub fn ge(self, value: impl Operand<T>) -> Condition<R> {
        self.compare(Compare::GreaterOrEqual, |to| value.write_operand(to))
    }

    /// The field equals one of up to 100 values; of none, nothing does.
    ///
    /// It is [what DynamoDB's `IN` takes][in], and more values fail on every engine alike.
    ///
    /// [in]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
    pub fn one_of<V: Operand<T>>(self, values: impl IntoIterator<Item = V>) -> Condition<R> {
        let each = values.into_iter().take(MOST_VALUES + 1).map(|value| self.eq(value).filter);
        Condition::new(each.collect::<Result<Vec<_>, _>>().and_then(|equal| {
            if equal.len() > MOST_VALUES {
                return Err((self.at, format!("one_of takes up to {MOST_VALUES} values")));
            }
            Ok(Filter::Any(equal))
        }))
    }

    fn compare(
        self,
        compare: Compare,
        write_value: impl FnOnce(&mut dyn FieldSink) -> Result<(), Invalid>,
    ) -> Condition<R> {
        let mut row = Row::with_capacity(1);
        let filter = write_value(&mut row)
            .map(|()| Filter::Compare { field: self.at, compare, value: row.get(0).into_owned() })
            .map_err(|invalid| (self.at, invalid.to_string()));
        Condition::new(filter)
    }
}

/// A field type that can be absent.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` is never absent",
    label = "not an `Option`"
)]
pub trait CanBeAbsent {}

#[diagnostic::do_not_recommend]
impl<T> CanBeAbsent for Option<T> {}

/// The bounds stand on the methods, so that the compiler finds the method and then says what is wrong
/// with the type.
impl<R, T, S> Field<R, T, S> {
    /// The field is `Some`.
    pub fn is_present(self) -> Condition<R>
    where
        T: CanBeAbsent,
    {
        Condition::new(Ok(Filter::Present(self.at)))
    }

    /// The field is `None`.
    pub fn is_absent(self) -> Condition<R>
    where
        T: CanBeAbsent,
    {
        !self.is_present()
    }

    /// The text contains this text, byte by byte; a list or set contains this element.
    pub fn contains(self, text: impl AsRef<str>) -> Condition<R>
    where
        T: ContainsText,
    {
        self.compare(Compare::Contains, |to| to.text(text.as_ref()))
    }
}

/// Text and `Option`s of it, of which a beginning can be compared.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` is not text",
    label = "only text has a beginning"
)]
pub trait BeginsWithText {}

#[diagnostic::do_not_recommend]
impl BeginsWithText for String {}
#[diagnostic::do_not_recommend]
impl BeginsWithText for Option<String> {}

impl<R, T, S> Field<R, T, S> {
    /// The text begins with this text, byte by byte.
    pub fn starts_with(self, text: impl AsRef<str>) -> Condition<R>
    where
        T: BeginsWithText,
    {
        self.compare(Compare::StartsWith, |to| to.text(text.as_ref()))
    }
}

/// The position of a field that was compared with a value that no engine holds, and why.
pub(super) type InvalidOperand = (usize, String);

/// A condition on the fields of one record type; see [`Field`].
#[must_use = "a condition does nothing until it is handed to a request"]
pub struct Condition<R> {
    filter: Result<Filter, InvalidOperand>,
    record: PhantomData<fn() -> R>,
}

impl<R> fmt::Debug for Condition<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condition")
    }
}

impl<R> Clone for Condition<R> {
    fn clone(&self) -> Self {
        Self { filter: self.filter.clone(), record: PhantomData }
    }
}

impl<R> Condition<R> {
    fn new(filter: Result<Filter, InvalidOperand>) -> Self {
        Self { filter, record: PhantomData }
    }

    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        self.join(other, |a, b| Filter::All(vec![a, b]))
    }

    /// One of both holds.
    pub fn or(self, other: Self) -> Self {
        self.join(other, |a, b| Filter::Any(vec![a, b]))
    }

    fn join(self, other: Self, join: impl FnOnce(Filter, Filter) -> Filter) -> Self {
        Self::new(self.filter.and_then(|a| other.filter.map(|b| join(a, b))))
    }

    pub(super) fn into_filter(self) -> Result<Filter, InvalidOperand> {
        self.filter
    }

    /// This condition and an earlier one.
    pub(super) fn add_to(
        self,
        earlier: Result<Option<Filter>, InvalidOperand>,
    ) -> Result<Option<Filter>, InvalidOperand> {
        let earlier = earlier?;
        let filter = self.filter?;
        Ok(Some(match earlier {
            Some(earlier) => Filter::All(vec![earlier, filter]),
            None => filter,
        }))
    }
}

impl<R> Not for Condition<R> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(self.filter.map(|filter| Filter::Not(Box::new(filter))))
    }
}

impl Filter {
    /// Whether a record passes, its fields read by position from `value`; the meaning of a filter,
    /// for engines that cannot evaluate it themselves.
    pub fn passes<'v>(&self, record: &RecordSchema, value: &dyn Fn(usize) -> Value<'v>) -> bool {
        match self {
            Self::Compare { field, compare: Compare::Contains, value: operand } => {
                let list = record.fields.get(*field).map(|field| field.storage);
                let list = matches!(list, Some(Storage::Document | Storage::Set(_)));
                contains(&value(*field), operand, list)
            }
            Self::Compare { field, compare, value: operand } => {
                compare_values(&value(*field), *compare, operand)
            }
            Self::Present(field) => value(*field) != Value::Null,
            Self::All(filters) => filters.iter().all(|filter| filter.passes(record, value)),
            Self::Any(filters) => filters.iter().any(|filter| filter.passes(record, value)),
            Self::Not(filter) => !filter.passes(record, value),
        }
    }
}

fn contains(value: &Value<'_>, operand: &Value<'_>, list: bool) -> bool {
    let (text, part) = match (value, operand) {
        (Value::Text(text), Value::Text(part)) => (text, part),
        (Value::Tree(tree), Value::Text(part)) => {
            let mut elements = tree.elements().into_iter().flatten();
            return elements.any(|element| matches!(element, Tree::Text(text) if text == part));
        }
        _ => return false,
    };
    if !list {
        return text.contains(&**part);
    }
    serde_json::from_str::<Vec<serde_json::Value>>(text)
        .is_ok_and(|elements| elements.iter().any(|element| element.as_str() == Some(&**part)))
}

fn compare_values(value: &Value<'_>, compare: Compare, operand: &Value<'_>) -> bool {
    let order = match (value, operand) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Real(a), Value::Real(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        _ => None,
    };
    match compare {
        Compare::Equal => order == Some(Ordering::Equal),
        Compare::NotEqual => order != Some(Ordering::Equal),
        Compare::Less => order == Some(Ordering::Less),
        Compare::LessOrEqual => order.is_some_and(Ordering::is_le),
        Compare::Greater => order == Some(Ordering::Greater),
        Compare::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        Compare::StartsWith => match (value, operand) {
            (Value::Text(text), Value::Text(part)) => text.starts_with(&**part),
            _ => false,
        },
        Compare::Contains => contains(value, operand, false),
    }
}
