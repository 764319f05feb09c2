//! The rules about unique constraints.

use crate::ast::{Record, bare};
use crate::errors::Errors;
use crate::suggest::hint;

/// A constraint names fields that are stored, each once.
pub(super) fn constraints(record: &Record<'_>, errors: &mut Errors) {
    for unique in &record.options.uniques {
        let mut seen: Vec<String> = Vec::new();
        for field in &unique.fields {
            let name = bare(field);
            if let Some(mistake) = field_mistake(record, &name) {
                errors.at(field.span(), mistake);
            } else if seen.contains(&name) {
                let message = format!(
                    "`{name}` stands twice in the constraint `{}`; write it once",
                    unique.name
                );
                errors.at(field.span(), message);
            }
            seen.push(name);
        }
    }
}

fn field_mistake(record: &Record<'_>, name: &str) -> Option<String> {
    let Some(field) = record.field(name) else {
        let fields: Vec<_> = record
            .fields
            .iter()
            .filter(|field| !field.is_skipped())
            .map(|field| field.name.as_str())
            .collect();
        let hint = hint(name, &fields, "the fields that can be unique are");
        return Some(format!("`{}` has no field `{name}`; {hint}", record.item.ident));
    };
    field
        .is_skipped()
        .then(|| format!("`{name}` is not stored, so it cannot be unique; remove its `skip`"))
}
