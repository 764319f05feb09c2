//! Reads `projection = …` of an index.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, LitStr};

use super::{Key, value};
use crate::ast::{Projection, Setting, bare};
use crate::errors::Errors;
use crate::suggest::{nearest, synonym};
use crate::symbol;

const PROJECTIONS: &[&str] = &[symbol::ALL, symbol::KEYS, symbol::INCLUDE];
const LIST: &str = "`all`, `keys` and `include(title, …)`";

/// `projection = all`, `projection = keys` or `projection = include(title, …)`.
pub(super) fn read(
    key: &Key,
    input: ParseStream<'_>,
    setting: &mut Setting<Projection>,
    errors: &mut Errors,
) -> syn::Result<()> {
    key.claim(setting, errors);
    value::equals(key, input, symbol::KEYS)?;
    let word = word(input)?;
    let name = bare(&word);
    let has_list = input.peek(syn::token::Paren);
    let projection = match name.as_str() {
        symbol::INCLUDE if has_list => Projection::Include(fields(&word, input, errors)?),
        symbol::ALL if !has_list => Projection::All,
        symbol::KEYS if !has_list => Projection::Keys,
        _ => return Err(mistake(&name, word.span())),
    };
    setting.value.get_or_insert(projection);
    Ok(())
}

fn word(input: ParseStream<'_>) -> syn::Result<Ident> {
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        let message = match meant(&literal.value()) {
            Some(word) => format!("expected a word; write `projection = {word}` without quotes"),
            None => format!("expected a word without quotes; the projections are {LIST}"),
        };
        return Err(syn::Error::new(literal.span(), message));
    }
    if !input.peek(Ident::peek_any) {
        return Err(input.error(format!("expected a word; the projections are {LIST}")));
    }
    input.call(Ident::parse_any)
}

fn mistake(name: &str, span: Span) -> syn::Error {
    let message = match (name, meant(name)) {
        (symbol::INCLUDE, _) => {
            "`include` names the fields that the index holds; write `include(title, …)`".to_owned()
        }
        (symbol::ALL | symbol::KEYS, _) => {
            format!("`{name}` takes no fields; write `{name}` alone, or `include(title, …)`")
        }
        (_, Some(word)) => format!("unknown projection `{name}`; did you mean `{word}`?"),
        (_, None) => format!("unknown projection `{name}`; the projections are {LIST}"),
    };
    syn::Error::new(span, message)
}

/// The projection that a word is taken for.
fn meant(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    nearest(&word, PROJECTIONS.iter().copied()).or_else(|| synonym(&word, PROJECTIONS))
}

/// The names in `include(…)`.
fn fields(word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Vec<Ident>> {
    let content;
    syn::parenthesized!(content in input);
    if content.is_empty() {
        let message = "`include()` names no field; name one, or write `projection = keys`";
        errors.at(word.span(), message);
    }
    Ok(value::fields(&content, errors, |name| format!("include({name}, …)")))
}
