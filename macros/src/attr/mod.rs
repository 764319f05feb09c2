//! Reads attributes into [`ast`](crate::ast), pushing each mistake and going on behind it.
//!
//! A misspelt option is read as the option it is a misspelling of, so that what it says is not
//! reported as missing too.

mod collection;
mod key_part;
mod projection;
mod record;
mod table;
mod unique;
mod value;

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Ident, Meta, Token};

pub(crate) use collection::collection;
pub(crate) use key_part::key_part;
pub(crate) use record::record;
pub(crate) use table::table;

use crate::ast::{self, Setting};
use crate::errors::Errors;
use crate::suggest::{nearest, quoted, synonym};

/// The options that may stand in one place.
struct Level {
    /// The place, as a message names it.
    place: &'static str,
    options: &'static [&'static str],
    /// Options of another place, which people write here by mistake, and that place.
    elsewhere: (&'static [&'static str], &'static str),
}

/// The key of an option.
struct Key {
    ident: Ident,
    /// The option that it names, or is taken for.
    name: &'static str,
    /// Whether it is a misspelling, which is reported already.
    misspelt: bool,
}

impl Key {
    /// Marks the option as given, once.
    fn claim<T>(&self, setting: &mut Setting<T>, errors: &mut Errors) {
        if setting.is_given() && !self.misspelt {
            errors
                .at(self.ident.span(), format!("`{}` is given twice; keep one of them", self.name));
        }
        setting.key.get_or_insert(self.ident.span());
    }
}

fn item(input: &syn::DeriveInput) -> ast::Item<'_> {
    ast::Item { ident: &input.ident, vis: &input.vis, generics: &input.generics }
}

/// Reads all attributes named `name`.
fn attributes(
    attrs: &[Attribute],
    name: &str,
    level: &Level,
    errors: &mut Errors,
    mut read: impl FnMut(&Key, ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(name)) {
        let Meta::List(list) = &attr.meta else {
            let message = format!("expected options in parentheses; write `#[{name}(…)]`");
            errors.unread(&attr.meta, message);
            continue;
        };
        let parser = |input: ParseStream<'_>| {
            options(input, level, errors, &mut read);
            Ok(())
        };
        // Its errors at the end of the options stand at the closing parenthesis.
        if let Err(error) = list.parse_args_with(parser) {
            errors.add(error);
        }
    }
}

/// Reads options separated by commas, to the end of the input.
fn options(
    input: ParseStream<'_>,
    level: &Level,
    errors: &mut Errors,
    mut read: impl FnMut(&Key, ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    while !input.is_empty() {
        if let Err(error) = option(input, level, errors, &mut read) {
            errors.add(error);
            skip(input);
        } else if input.peek(Token![;]) {
            errors.at(input.span(), "expected `,` here");
            let _: syn::Result<Token![;]> = input.parse();
        } else if !input.is_empty() && !input.peek(Token![,]) {
            errors.at(input.span(), "expected `,` before this");
            // An option that only lacks the comma is read all the same.
            if !begins_option(input, level) {
                skip(input);
            }
        }
        if input.peek(Token![,]) {
            let _: syn::Result<Token![,]> = input.parse();
        }
    }
}

fn begins_option(input: ParseStream<'_>, level: &Level) -> bool {
    let word = input.fork().call(Ident::parse_any);
    word.is_ok_and(|word| level.options.contains(&word.unraw().to_string().as_str()))
}

fn option(
    input: ParseStream<'_>,
    level: &Level,
    errors: &mut Errors,
    read: &mut impl FnMut(&Key, ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) -> syn::Result<()> {
    if !input.peek(Ident::peek_any) {
        let message = format!("expected an option of {}: {}", level.place, quoted(level.options));
        errors.unread(input.cursor().token_stream().into_iter().next(), message);
        skip(input);
        return Ok(());
    }
    let ident = input.call(Ident::parse_any)?;
    let word = ident.unraw().to_string();
    if let Some(name) = level.options.iter().find(|option| **option == word) {
        return read(&Key { ident, name, misspelt: false }, input, errors);
    }
    let (others, place) = level.elsewhere;
    if others.contains(&word.as_str()) {
        let message =
            format!("`{word}` is an option of {place}, not of {}; write it there", level.place);
        errors.unread(ident, message);
        skip(input);
        return Ok(());
    }
    let known = nearest(&word, level.options.iter().copied());
    let Some(name) = known.or_else(|| synonym(&word, level.options)) else {
        let message = if level.options.is_empty() {
            format!("{} takes no options; remove it", level.place)
        } else {
            let options = quoted(level.options);
            format!("unknown option `{word}`; the options of {} are {options}", level.place)
        };
        errors.unread(ident, message);
        skip(input);
        return Ok(());
    };
    errors.at(ident.span(), format!("unknown option `{word}`; did you mean `{name}`?"));
    // What a misspelt option says is a guess, so a mistake in it is not reported.
    let mut hidden = Errors::new();
    let result = read(&Key { ident, name, misspelt: true }, input, &mut hidden);
    let _: Result<(), _> = hidden.finish();
    if result.is_err() {
        skip(input);
    }
    Ok(())
}

/// Skips to the end.
fn skip_all(input: ParseStream<'_>) {
    let _: syn::Result<proc_macro2::TokenStream> = input.parse();
}

/// Skips to the next comma.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _: syn::Result<proc_macro2::TokenTree> = input.parse();
    }
}
