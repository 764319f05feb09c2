//! The rules about an enum with `derive(Collection)`.

use super::not_generic;
use super::table::spelling;
use crate::ast::{Collection, ungrouped};
use crate::errors::Errors;
use crate::lower;

/// Rejects a collection; the table of contents of its rules.
pub(crate) fn collection(collection: &Collection<'_>, errors: &mut Errors) {
    if !collection.is_enum {
        return;
    }
    not_generic(&collection.item, "a collection is one fixed list of records", errors);
    has_members(collection, errors);
    one_record_each(collection, errors);
    each_record_once(collection, errors);
}

fn has_members(collection: &Collection<'_>, errors: &mut Errors) {
    if collection.members.is_empty() {
        let message = format!(
            "`{}` has no variants; write one for each record, such as `Order(Order)`",
            collection.item.ident
        );
        errors.on(collection.item.ident, message);
    }
}

/// A variant is the record that was read.
fn one_record_each(collection: &Collection<'_>, errors: &mut Errors) {
    for member in collection.members.iter().filter(|member| member.record().is_none()) {
        let message =
            format!("a variant of a collection holds one record; write `{0}({0})`", member.ident);
        errors.on(member.ident, message);
    }
}

/// A record that is read becomes the one variant that holds its type.
fn each_record_once(collection: &Collection<'_>, errors: &mut Errors) {
    let records = collection.members.iter().filter_map(|member| Some(member.record()?.0));
    for repeated in lower::repeated(records) {
        let message = format!("`{}` stands in two variants; remove one", spelling(repeated));
        errors.on(ungrouped(repeated), message);
    }
}
