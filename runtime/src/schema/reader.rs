//! [`Reader`]: reads a record's fields and names the one that fails.

use super::RecordSchema;
use crate::error::Error;
use crate::value::{Absent, FieldSource, Invalid, Row, Value};

/// A stored record that is being decoded.
pub struct Reader<'a> {
    record: &'static RecordSchema,
    source: &'a mut dyn FieldSource,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(record: &'static RecordSchema, source: &'a mut dyn FieldSource) -> Self {
        Self { record, source }
    }

    pub(crate) fn read<T>(
        &mut self,
        at: usize,
        absent: Absent<T>,
        read: impl FnOnce(Value<'_>) -> Result<T, Invalid>,
    ) -> Result<T, Error> {
        // No tuple with `absent`: the value would be copied into it.
        let outcome = match self.source.value(at) {
            Ok(Value::Null) => match absent {
                Some(absent) => return Ok(absent()),
                None => read(Value::Null),
            },
            Ok(value) => read(value),
            Err(invalid) => Err(invalid),
        };
        outcome.map_err(|invalid| self.fail(at, &invalid))
    }

    pub(crate) fn read_option<T>(
        &mut self,
        at: usize,
        read: impl FnOnce(Value<'_>) -> Result<T, Invalid>,
    ) -> Result<Option<T>, Error> {
        let outcome = match self.source.value(at) {
            Ok(Value::Null) => return Ok(None),
            Ok(value) => read(value).map(Some),
            Err(invalid) => Err(invalid),
        };
        outcome.map_err(|invalid| self.fail(at, &invalid))
    }

    #[cold]
    fn fail(&self, at: usize, invalid: &Invalid) -> Error {
        let field = self.record.fields.get(at).map_or("?", |field| field.name);
        Error::decode(self.record.name, field, invalid)
    }
}

impl RecordSchema {
    /// A stored record as a row, undecoded.
    pub(crate) fn copy(&self, from: &mut dyn FieldSource) -> Result<Row, Error> {
        let mut copy = Row::with_capacity(self.fields.len());
        for (at, field) in self.fields.iter().enumerate() {
            let value =
                from.value(at).map_err(|invalid| Error::decode(self.name, field.name, &invalid))?;
            copy.push(&value);
        }
        Ok(copy)
    }
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("record", &self.record.name).finish_non_exhaustive()
    }
}
