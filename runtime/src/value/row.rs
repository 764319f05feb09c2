//! [`Row`]: a list of values in one buffer.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::io;

use super::{FieldSink, FieldSource, Fields, Invalid, JSON_FORM, Value, set};
use crate::schema::SetOf;

/// Values by position, in one buffer and one list of cells.
///
/// A row carries a record to another thread, the values of a key, or a stored record back to the
/// caller. It is filled as a [`FieldSink`] and read as [`Fields`] or as a [`FieldSource`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The text of all cells; apart from bytes, so that it need not be checked again when it is read.
    text: String,
    bytes: Vec<u8>,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text { start: usize, end: usize },
    Bytes { start: usize, end: usize },
}

impl Row {
    /// An empty row with room for `cells` values.
    pub fn with_capacity(cells: usize) -> Self {
        let (text, cells) = (String::with_capacity(cells * 16), Vec::with_capacity(cells));
        Self { text, bytes: Vec::new(), cells }
    }

    /// The row that `fields` writes, for the first `count` positions.
    pub fn of(fields: &dyn Fields, count: usize) -> Result<Self, (usize, Invalid)> {
        let mut row = Self::with_capacity(count);
        for at in 0..count {
            fields.field(at, &mut row).map_err(|invalid| (at, invalid))?;
        }
        Ok(row)
    }

    /// How many values the row holds.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether the row holds no value.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// How many bytes its text and bytes take.
    pub fn byte_len(&self) -> usize {
        self.text.len() + self.bytes.len()
    }

    /// The value at `at`; past the end, [`Value::Null`].
    pub fn get(&self, at: usize) -> Value<'_> {
        match self.cells.get(at) {
            None | Some(Cell::Null) => Value::Null,
            Some(Cell::Int(number)) => Value::Int(*number),
            Some(Cell::Real(number)) => Value::Real(*number),
            Some(&Cell::Text { start, end }) => Value::Text(Cow::Borrowed(&self.text[start..end])),
            Some(&Cell::Bytes { start, end }) => {
                Value::Bytes(Cow::Borrowed(&self.bytes[start..end]))
            }
        }
    }

    /// Appends a value.
    pub fn push(&mut self, value: &Value<'_>) {
        match value {
            Value::Null => self.cells.push(Cell::Null),
            Value::Int(number) => self.cells.push(Cell::Int(*number)),
            Value::Real(number) => self.cells.push(Cell::Real(*number)),
            Value::Text(text) => self.push_text(text),
            Value::Bytes(bytes) => self.push_bytes(bytes),
            Value::Tree(tree) => self.push_text(&tree.json()),
        }
    }

    /// Takes the last value off; [`Value::Null`] from an empty row.
    pub(crate) fn pop(&mut self) -> Value<'static> {
        let Some(last) = self.len().checked_sub(1) else {
            return Value::Null;
        };
        let value = self.get(last).into_owned();
        self.truncate(last);
        value
    }

    /// Keeps the first `len` values.
    pub(crate) fn truncate(&mut self, len: usize) {
        for cell in self.cells.iter().skip(len).rev() {
            match cell {
                Cell::Text { start, .. } => self.text.truncate(*start),
                Cell::Bytes { start, .. } => self.bytes.truncate(*start),
                Cell::Null | Cell::Int(_) | Cell::Real(_) => {}
            }
        }
        self.cells.truncate(len);
    }

    /// Every value, in order.
    pub fn iter(&self) -> impl Iterator<Item = Value<'_>> {
        (0..self.len()).map(|at| self.get(at))
    }

    fn push_text(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.cells.push(Cell::Text { start, end: self.text.len() });
    }

    fn push_bytes(&mut self, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.cells.push(Cell::Bytes { start, end: self.bytes.len() });
    }
}

// A number that is not finite never gets into a row, so equality is total.
impl Eq for Row {}

impl Hash for Row {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Where text ends is left out: rows that differ in that alone are rare, and only unequal.
        self.text.hash(state);
        self.bytes.hash(state);
        for cell in &self.cells {
            if let Cell::Int(number) = cell {
                number.hash(state);
            }
        }
    }
}

/// Appends to text what a serializer writes, each time whole characters.
pub(super) struct Appending<'t>(pub(super) &'t mut String);

impl io::Write for Appending<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        self.0.push_str(text);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl FieldSink for Row {
    fn null(&mut self) -> Result<(), Invalid> {
        self.cells.push(Cell::Null);
        Ok(())
    }

    fn int(&mut self, value: i64) -> Result<(), Invalid> {
        self.cells.push(Cell::Int(value));
        Ok(())
    }

    fn real(&mut self, value: f64) -> Result<(), Invalid> {
        self.cells.push(Cell::Real(value));
        Ok(())
    }

    fn text(&mut self, value: &str) -> Result<(), Invalid> {
        self.push_text(value);
        Ok(())
    }

    fn bytes(&mut self, value: &[u8]) -> Result<(), Invalid> {
        self.push_bytes(value);
        Ok(())
    }

    fn set(&mut self, _: SetOf, elements: &[Value<'_>]) -> Result<(), Invalid> {
        let start = self.text.len();
        set::write_json(&mut Appending(&mut self.text), elements)?;
        self.cells.push(Cell::Text { start, end: self.text.len() });
        Ok(())
    }

    fn document(&mut self, value: &dyn erased_serde::Serialize) -> Result<(), Invalid> {
        let start = self.text.len();
        let to = Appending(&mut self.text);
        let mut json = serde_json::Serializer::with_formatter(to, JSON_FORM);
        if let Err(error) = erased_serde::serialize(value, &mut json) {
            self.text.truncate(start);
            return Err(Invalid::new(error.to_string()));
        }
        self.cells.push(Cell::Text { start, end: self.text.len() });
        Ok(())
    }
}

impl Fields for Row {
    fn field(&self, at: usize, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        self.get(at).write(to)
    }
}

impl FieldSource for Row {
    fn value(&mut self, at: usize) -> Result<Value<'_>, Invalid> {
        Ok(self.get(at))
    }
}
