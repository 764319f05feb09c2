//! The rules about what an index holds.

use crate::ast::{Field, Index, Projection, Record, Role, Setting, bare};
use crate::errors::Errors;
use crate::suggest::hint;
use crate::template::Template;

/// An index that includes fields names those that it would not hold otherwise, each once.
pub(super) fn of_index(record: &Record<'_>, index: &Index, errors: &mut Errors) {
    let Some(Projection::Include(fields)) = index.projection.get() else {
        return;
    };
    let mut seen: Vec<String> = Vec::new();
    for field in fields {
        let name = bare(field);
        if let Some(mistake) = field_mistake(record, index, &name) {
            errors.at(field.span(), mistake);
        } else if seen.contains(&name) {
            errors
                .at(field.span(), format!("`{name}` stands twice in `include(…)`; write it once"));
        }
        seen.push(name);
    }
}

fn field_mistake(record: &Record<'_>, index: &Index, name: &str) -> Option<String> {
    let Some(field) = record.field(name) else {
        let fields: Vec<_> = record
            .fields
            .iter()
            .filter(|field| !field.is_skipped() && held(record, index, field).is_none())
            .map(|field| field.name.as_str())
            .collect();
        let hint = hint(name, &fields, "the fields that can be included are");
        return Some(format!("`{}` has no field `{name}`; {hint}", record.item.ident));
    };
    if field.is_skipped() {
        return Some(format!(
            "`{name}` is not stored, so no index can hold it; remove it here, or its `skip`"
        ));
    }
    let what = held(record, index, field)?;
    Some(format!("every projection holds {what} already; remove it here"))
}

/// What a field is, where every projection of the index holds it: a record found through an index is
/// read from the table by its primary key, and left out once it has expired or is softly deleted.
fn held(record: &Record<'_>, index: &Index, field: &Field<'_>) -> Option<String> {
    let options = &record.options;
    let name = &field.name;
    if field.has(Role::Tenant) {
        Some(format!("the tenant `{name}`"))
    } else if field.has(Role::Expires) {
        Some(format!("the field `{name}`, by which the record expires,"))
    } else if field.has(Role::Deleted) {
        Some(format!("the field `{name}`, which marks soft deletes,"))
    } else if names([&options.partition, &options.sort], field) {
        Some(format!("the field `{name}` of the primary key"))
    } else if names([&index.partition, &index.sort], field) {
        Some(format!("the field `{name}` of the index's own key"))
    } else {
        None
    }
}

fn names(templates: [&Setting<Template>; 2], field: &Field<'_>) -> bool {
    templates
        .into_iter()
        .filter_map(Setting::get)
        .flat_map(Template::placeholders)
        .any(|placeholder| placeholder.field == field.name)
}
