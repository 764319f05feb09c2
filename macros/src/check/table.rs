//! The rules about a struct with `derive(Table)`.

use quote::ToTokens;
use syn::{Data, Fields};

use super::not_generic;
use crate::ast::{Table, bare, ungrouped};
use crate::case::snake;
use crate::errors::Errors;
use crate::lower;

/// Rejects a table; the table of contents of its rules.
pub(crate) fn table(table: &Table<'_>, errors: &mut Errors) {
    if !is_unit_struct(table, errors) {
        return;
    }
    not_generic(&table.item, "a table is one fixed list of records", errors);
    name(table, errors);
    has_records(table, errors);
    each_record_once(table, errors);
}

/// A table is a name for a list of records; it holds no values.
fn is_unit_struct(table: &Table<'_>, errors: &mut Errors) -> bool {
    let message =
        format!("a table holds no values of its own; write `struct {};`", table.item.ident);
    match table.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unit => return true,
            Fields::Named(fields) => errors.at(fields.brace_token.span.join(), message),
            Fields::Unnamed(fields) => errors.at(fields.paren_token.span.join(), message),
        },
        Data::Enum(data) => errors.on(data.enum_token, message),
        Data::Union(data) => errors.on(data.union_token, message),
    }
    false
}

/// The name is that of a DynamoDB table, and its rules are DynamoDB's.
fn name(table: &Table<'_>, errors: &mut Errors) {
    if table.options.name.is_given() && table.options.name.get().is_none() {
        return;
    }
    let (name, span) = match table.options.name.get() {
        Some(name) => (name.value(), name.span()),
        None => (snake(&bare(table.item.ident)), table.item.ident.span()),
    };
    let allowed =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-');
    if !(3..=255).contains(&name.len()) || !name.chars().all(allowed) {
        let message = format!(
            "the table name `{name}` is not one that DynamoDB takes: 3 to 255 letters A-Z and a-z, \
             digits, `_`, `.` and `-`; write another `name = \"…\"`"
        );
        errors.at(span, message);
    }
}

fn has_records(table: &Table<'_>, errors: &mut Errors) {
    let records = &table.options.records;
    if !records.is_given() {
        let message = format!(
            "`{}` lists no records; write `#[table(records(Order, Customer))]`",
            table.item.ident
        );
        errors.on(table.item.ident, message);
    } else if let (Some(span), Some([])) = (records.key, records.get().map(Vec::as_slice)) {
        errors.at(span, "a table without records stores nothing; write `records(Order, Customer)`");
    }
}

fn each_record_once(table: &Table<'_>, errors: &mut Errors) {
    for repeated in lower::repeated(table.options.records.get().into_iter().flatten()) {
        let message = format!("`{}` is listed twice; remove one", spelling(repeated));
        errors.on(ungrouped(repeated), message);
    }
}

/// The type as the user wrote it, without the spaces between tokens.
pub(super) fn spelling(ty: &syn::Type) -> String {
    ungrouped(ty).to_token_stream().to_string().replace(' ', "")
}
