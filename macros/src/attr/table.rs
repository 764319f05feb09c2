//! Reads `#[table(…)]`.

use syn::parse::ParseStream;
use syn::{DeriveInput, Token, Type};

use super::{Key, Level, attributes, item, skip, value};
use crate::ast::{Setting, Table, TableOptions};
use crate::errors::Errors;
use crate::symbol;

const ON_STRUCT: Level = Level {
    place: "`#[table(…)]`",
    options: &[symbol::NAME, symbol::TENANT, symbol::RECORDS, symbol::CRATE],
    elsewhere: (&[symbol::PARTITION, symbol::SORT, symbol::INDEX], "`#[record(…)]` on a record"),
};

/// Reads a struct with `derive(Table)`.
pub(crate) fn table<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Table<'a> {
    let mut found = TableOptions::default();
    attributes(&input.attrs, symbol::TABLE, &ON_STRUCT, errors, |key, input, errors| {
        match key.name {
            symbol::NAME => value::text(key, input, &mut found.name, errors),
            symbol::TENANT => value::ty(key, input, &mut found.tenant, errors),
            symbol::RECORDS => records(key, input, &mut found.records, errors),
            _ => value::path(key, input, &mut found.krate, errors),
        }
    });
    Table { item: item(input), data: &input.data, options: found }
}

/// `records(Order, Customer)`.
fn records(
    key: &Key,
    input: ParseStream<'_>,
    setting: &mut Setting<Vec<Type>>,
    errors: &mut Errors,
) -> syn::Result<()> {
    key.claim(setting, errors);
    if !input.peek(syn::token::Paren) {
        let message =
            "`records` takes the table's records in parentheses; write `records(Order, Customer)`";
        return Err(syn::Error::new(key.ident.span(), message));
    }
    let content;
    syn::parenthesized!(content in input);
    let mut records = Vec::new();
    while !content.is_empty() {
        match content.parse::<Type>() {
            Ok(Type::Path(record)) => records.push(Type::Path(record)),
            Ok(Type::Group(record)) => records.push(Type::Group(record)),
            Ok(other) => errors.on(other, "expected the name of a record"),
            Err(error) => {
                errors.at(error.span(), "expected the name of a record");
                skip(&content);
            }
        }
        if content.is_empty() {
            break;
        }
        if !content.peek(Token![,]) {
            errors.at(content.span(), "expected `,` between two records");
            if content.peek(syn::Ident) {
                continue;
            }
            skip(&content);
        }
        let _: syn::Result<Token![,]> = content.parse();
    }
    setting.value.get_or_insert(records);
    Ok(())
}
