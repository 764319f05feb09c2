//! Expressions: names and values stand in them under aliases, because any name may be a reserved word.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::schema::RecordSchema;

/// An expression may have 4 KB, so the aliases of a record whose names come near that are numbers:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>.
const SPELLED: usize = 3_000;

/// The names and values that an expression uses.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Aliases {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    numbered: bool,
}

/// Whether an alias may be spelled so.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Aliases {
    /// The aliases of an expression that names all fields of a record, and sets them.
    pub(super) fn of(record: &RecordSchema) -> Self {
        let fields = record.fields.iter().map(|field| 2 * field.stored.len() + 8);
        let numbered = fields.sum::<usize>() + 48 * record.indexes.len() > SPELLED;
        Self { numbered, ..Self::default() }
    }

    /// The alias of an attribute: its own name where an alias may be spelled so.
    pub(super) fn name(&mut self, name: &str) -> String {
        if !self.numbered && is_plain(name) {
            let alias = format!("#{name}");
            self.names.entry(alias.clone()).or_insert_with(|| name.to_owned());
            return alias;
        }
        if let Some((alias, _)) = self.names.iter().find(|(_, known)| *known == name) {
            return alias.clone();
        }
        // No stored name begins with an underscore and a digit.
        let alias = format!("#_{}", self.names.len());
        self.names.insert(alias.clone(), name.to_owned());
        alias
    }

    /// The alias of a value, spelled like `hint` where that is free.
    pub(super) fn value(&mut self, hint: &str, value: AttributeValue) -> String {
        let alias = format!(":{hint}");
        let alias = match self.values.get(&alias) {
            Some(known) if *known == value => return alias,
            None if !self.numbered && is_plain(hint) => alias,
            _ => format!(":_{}", self.values.len()),
        };
        self.values.insert(alias.clone(), value);
        alias
    }

    /// The names, as a request takes them.
    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        (!self.names.is_empty()).then(|| self.names.clone())
    }

    /// The values, as a request takes them.
    pub(super) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    #[test]
    fn aliases_are_names_where_they_may_be() {
        let mut aliases = Aliases::default();
        assert_eq!(aliases.name("title"), "#title");
        assert_eq!(aliases.name("_v"), "#_v");
        assert_eq!(aliases.name("short-name"), "#_2");
        assert_eq!(aliases.name("short.name"), "#_3");
        assert_eq!(aliases.name("short-name"), "#_2");
        assert_eq!(aliases.value("now", text("a")), ":now");
        assert_eq!(aliases.value("now", text("a")), ":now");
        assert_eq!(aliases.value("now", text("b")), ":_1");
        assert_eq!(aliases.value("short-name", text("b")), ":_2");
        assert_eq!(aliases.names().unwrap().len(), 4);
        assert_eq!(aliases.values().unwrap().len(), 3);
    }

    #[test]
    fn many_names_are_numbered() {
        let mut aliases = Aliases { numbered: true, ..Aliases::default() };
        assert_eq!(aliases.name("title"), "#_0");
        assert_eq!(aliases.name("other"), "#_1");
        assert_eq!(aliases.name("title"), "#_0");
        assert_eq!(aliases.value("title", text("a")), ":_0");
        assert_eq!(aliases.value("title", text("a")), ":_1");
    }
}
