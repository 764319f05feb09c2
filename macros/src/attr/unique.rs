//! Reads `unique(…)` on the struct.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token};

use super::record::parentheses;
use super::{Key, value};
use crate::ast::Unique;
use crate::errors::Errors;
use crate::names::identifier;

const EXAMPLE: &str = "unique(seat, room, row)";

/// `unique(name, field, …)`; nothing where its name could not be read.
pub(super) fn read(
    key: &Key,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<Option<Unique>> {
    let content = parentheses(key, input, EXAMPLE)?;
    let name = match name(key, &content, errors) {
        Ok(name) => name,
        Err(error) => {
            errors.add(error);
            super::skip_all(&content);
            return Ok(None);
        }
    };
    if content.peek(Token![,]) {
        content.parse::<Token![,]>()?;
    } else if !content.is_empty() {
        errors.at(content.span(), "expected `,` after the name of the constraint");
    }
    if content.is_empty() {
        let message = format!(
            "the constraint `{name}` names no field; write `unique({name}, …)` with the fields that \
             are unique together, or `#[record(unique)]` on one that is so alone"
        );
        errors.at(name.span(), message);
    }
    let fields = value::fields(&content, errors, |field| format!("unique({name}, {field})"));
    Ok(Some(Unique { name, fields }))
}

/// The bare word that a constraint begins with; one in quotes is read all the same.
fn name(key: &Key, content: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Ident> {
    if content.peek(LitStr) {
        let literal: LitStr = content.parse()?;
        let name = literal.value();
        let message = format!(
            "the name of a constraint stands first and without quotes; write `unique({name}, …)`"
        );
        let error = syn::Error::new(literal.span(), message);
        let name = identifier(&name, literal.span()).ok_or_else(|| error.clone())?;
        errors.add(error);
        return Ok(name);
    }
    if !content.peek(Ident::peek_any) {
        let message = format!("a constraint begins with its name; write `{EXAMPLE}`");
        return Err(syn::Error::new(key.ident.span(), message));
    }
    content.call(Ident::parse_any)
}
