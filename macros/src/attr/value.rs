//! Reads the value of one option.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitInt, LitStr, Path, Token, Type};

use super::{Key, skip};
use crate::ast::Setting;
use crate::errors::Errors;
use crate::names::identifier;
use crate::template::Template;

/// An option without a value.
pub(super) fn flag(
    key: &Key,
    input: ParseStream<'_>,
    setting: &mut Setting<()>,
    errors: &mut Errors,
) -> syn::Result<()> {
    key.claim(setting, errors);
    no_value(key, input)
}

/// Whether the option has no value.
pub(super) fn is_alone(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// Refuses a value.
pub(super) fn no_value(key: &Key, input: ParseStream<'_>) -> syn::Result<()> {
    let has_value = input.peek(Token![=]) || input.peek(LitStr) || input.peek(syn::token::Paren);
    if !has_value {
        return Ok(());
    }
    let message = format!("`{0}` takes no value; write `{0}` alone", key.name);
    Err(syn::Error::new(key.ident.span(), message))
}

/// `key = "…"`.
pub(super) fn text(
    key: &Key,
    input: ParseStream<'_>,
    setting: &mut Setting<LitStr>,
    errors: &mut Errors,
) -> syn::Result<()> {
    key.claim(setting, errors);
    let text = string(key, input)?;
    setting.value.get_or_insert(text);
    Ok(())
}

/// `key = "…"` with a key template.
pub(super) fn template(
    key: &Key,
    input: ParseStream<'_>,
    setting: &mut Setting<Template>,
    errors: &mut Errors,
) -> syn::Result<()> {
    key.claim(setting, errors);
    let template = Template::read(string(key, input)?, errors);
    setting.value.get_or_insert(template);
    Ok(())
}

/// `key = "…"` with an identifier.
pub(super) fn ident(
    key: &Key,
    input: ParseStream<'_>,
    setting: &mut Setting<Ident>,
    errors: &mut Errors,
) -> syn::Result<()> {
    key.claim(setting, errors);
    let ident = parsed(&string(key, input)?, "a Rust identifier")?;
    setting.value.get_or_insert(ident);
    Ok(())
}

/// `key = "…"` with a path.
pub(super) fn path(
    key: &Key,
    input: ParseStream<'_>,
    setting: &mut Setting<Path>,
    errors: &mut Errors,
) -> syn::Result<()> {
    key.claim(setting, errors);
    let path = path_of(&string(key, input)?)?;
    setting.value.get_or_insert(path);
    Ok(())
}

/// The path that a string holds.
pub(super) fn path_of(literal: &LitStr) -> syn::Result<Path> {
    parsed(literal, "a path such as `my::name`")
}

/// `key = Type`.
pub(super) fn ty(
    key: &Key,
    input: ParseStream<'_>,
    setting: &mut Setting<Type>,
    errors: &mut Errors,
) -> syn::Result<()> {
    key.claim(setting, errors);
    equals(key, input, "Type")?;
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        let message =
            format!("expected a type; write `{} = {}` without quotes", key.name, literal.value());
        return Err(syn::Error::new(literal.span(), message));
    }
    let ty = input.parse()?;
    setting.value.get_or_insert(ty);
    Ok(())
}

/// `key = 1`, with a number that fits `u8`.
pub(super) fn number(
    key: &Key,
    input: ParseStream<'_>,
    setting: &mut Setting<(u8, proc_macro2::Span)>,
    errors: &mut Errors,
) -> syn::Result<()> {
    key.claim(setting, errors);
    equals(key, input, "1")?;
    if !input.peek(LitInt) {
        return Err(input.error(format!("expected a number, as in `{} = 1`", key.name)));
    }
    let literal: LitInt = input.parse()?;
    // A number that does not fit is as wrong as any other outside the allowed range.
    let number = literal.base10_parse().unwrap_or(u8::MAX);
    setting.value.get_or_insert((number, literal.span()));
    Ok(())
}

/// Names of fields separated by commas, to the end of the input; one in quotes is read all the same.
/// `instead` shows how that one is written.
pub(super) fn fields(
    input: ParseStream<'_>,
    errors: &mut Errors,
    instead: impl Fn(&str) -> String,
) -> Vec<Ident> {
    let mut fields = Vec::new();
    while !input.is_empty() {
        if input.peek(Ident::peek_any) {
            fields.extend(input.call(Ident::parse_any));
        } else if input.peek(LitStr) {
            let Ok(literal) = input.parse::<LitStr>() else {
                break;
            };
            let name = literal.value();
            let message = format!("a field is named without quotes; write `{}`", instead(&name));
            errors.at(literal.span(), message);
            fields.extend(identifier(&name, literal.span()));
        } else {
            errors.at(input.span(), "expected the name of a field");
            skip(input);
        }
        if input.is_empty() {
            break;
        }
        if !input.peek(Token![,]) {
            errors.at(input.span(), "expected `,` between two fields");
            if input.peek(Ident::peek_any) {
                continue;
            }
            skip(input);
        }
        let _: syn::Result<Token![,]> = input.parse();
    }
    fields
}

/// The string behind `key =`.
pub(super) fn string(key: &Key, input: ParseStream<'_>) -> syn::Result<LitStr> {
    equals(key, input, "\"…\"")?;
    if input.peek(LitStr) {
        return input.parse();
    }
    let fork = input.fork();
    let message = match fork.parse::<Ident>() {
        Ok(word) if fork.is_empty() || fork.peek(Token![,]) => {
            format!("expected a string; write `{} = \"{word}\"`", key.name)
        }
        _ => format!("expected a string, as in `{} = \"…\"`", key.name),
    };
    Err(input.error(message))
}

/// The `=` in front of a value.
pub(super) fn equals(key: &Key, input: ParseStream<'_>, value: &str) -> syn::Result<()> {
    let missing = || {
        let message = format!("`{0}` needs a value; write `{0} = {value}`", key.name);
        syn::Error::new(key.ident.span(), message)
    };
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        let text = literal.value();
        let message = format!("expected `=` before this; write `{} = {text:?}`", key.name);
        return Err(syn::Error::new(literal.span(), message));
    }
    if !input.peek(Token![=]) {
        return Err(missing());
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(missing());
    }
    Ok(())
}

fn parsed<T: Parse>(literal: &LitStr, expected: &str) -> syn::Result<T> {
    literal.parse().map_err(|_| {
        let message = format!("expected {expected}, found `\"{}\"`", literal.value());
        syn::Error::new(literal.span(), message)
    })
}
