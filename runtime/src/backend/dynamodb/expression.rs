//! Expressions: names and values stand in them under aliases, because any name may be a reserved word.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// The names and values that an expression uses.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Aliases {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Aliases {
    /// The alias of an attribute: its own name where an alias may be spelled so.
    pub(super) fn name(&mut self, name: &str) -> String {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let alias = if plain {
            format!("#{name}")
        } else {
            // No stored name begins with two underscores and a digit.
            let earlier = self.names.iter().find(|(_, known)| *known == name);
            let earlier = earlier.map(|(alias, _)| alias.clone());
            earlier.unwrap_or_else(|| format!("#__{}", self.names.len()))
        };
        self.names.entry(alias.clone()).or_insert_with(|| name.to_owned());
        alias
    }

    /// The alias of a value, spelled like `hint` where that is free.
    pub(super) fn value(&mut self, hint: &str, value: AttributeValue) -> String {
        let plain = hint.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let mut alias = format!(":{}", if plain { hint } else { "" });
        if alias.len() == 1 || self.values.get(&alias).is_some_and(|known| *known != value) {
            alias = format!(":__{}", self.values.len());
        }
        self.values.entry(alias.clone()).or_insert(value);
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
