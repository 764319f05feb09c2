//! The rules about a type with `derive(KeyPart)`.

use super::not_generic;
use crate::ast::{KeyPart, KeyPartKind, Variant};
use crate::case::Rule;
use crate::errors::Errors;
use crate::lower;
use crate::suggest::hint;

/// Rejects a key part; the table of contents of its rules.
pub(crate) fn key_part(part: &KeyPart<'_>, errors: &mut Errors) {
    if matches!(part.kind, KeyPartKind::Other) {
        return;
    }
    not_generic(&part.item, "write a key part for each type", errors);
    rename_all_is_known(part, errors);
    match &part.kind {
        KeyPartKind::Enum(variants) => {
            has_variants(part, variants, errors);
            no_data(variants, errors);
            tags(part, variants, errors);
            no_from_is_for_structs(part, errors);
        }
        KeyPartKind::Text(variants) => nothing_beside_text(part, variants, errors),
        _ => rename_all_is_for_enums(part, errors),
    }
}

/// The type's own text stands in keys, so there are no tags to name and no field to convert from.
fn nothing_beside_text(part: &KeyPart<'_>, variants: &[Variant<'_>], errors: &mut Errors) {
    let renames = variants.iter().map(|variant| (&variant.rename.key, "rename"));
    let renames = renames.chain([(&part.options.rename_all.key, "rename_all")]);
    for (span, option) in renames {
        if let Some(span) = span {
            let message = format!(
                "`{option}` names tags, and with `text` the type's own text stands in keys; remove one \
                 of the two"
            );
            errors.at(*span, message);
        }
    }
    if let Some(span) = part.options.no_from.key {
        errors.at(span, "with `text` there are no conversions to leave out; remove `no_from`");
    }
}

fn rename_all_is_known(part: &KeyPart<'_>, errors: &mut Errors) {
    let Some(rename_all) = part.options.rename_all.get() else {
        return;
    };
    let spelling = rename_all.value();
    if Rule::of(&spelling).is_none() {
        let hint = hint(&spelling, &Rule::spellings(), "the rules are");
        errors.at(rename_all.span(), format!("unknown rule `{spelling}`; {hint}"));
    }
}

fn rename_all_is_for_enums(part: &KeyPart<'_>, errors: &mut Errors) {
    if let Some(span) = part.options.rename_all.key {
        errors.at(span, "`rename_all` renames the variants of an enum; remove it from the struct");
    }
}

/// An enum has no conversions that could be left out.
fn no_from_is_for_structs(part: &KeyPart<'_>, errors: &mut Errors) {
    if let Some(span) = part.options.no_from.key {
        errors
            .at(span, "`no_from` leaves out the conversions of a struct; remove it from the enum");
    }
}

/// An enum without variants has no value that a key could hold.
fn has_variants(part: &KeyPart<'_>, variants: &[Variant<'_>], errors: &mut Errors) {
    if variants.is_empty() {
        let message =
            format!("`{}` has no variants, so no key can hold it; add one", part.item.ident);
        errors.on(part.item.ident, message);
    }
}

/// A key holds the tag alone; data beside it would be lost.
fn no_data(variants: &[Variant<'_>], errors: &mut Errors) {
    for variant in variants.iter().filter(|variant| !matches!(variant.fields, syn::Fields::Unit)) {
        let message = format!(
            "`{}` holds data, which a key part cannot; put the data into a field of the record and \
             the field into the key, or write `#[key_part(text)]` on a type with `Display` and \
             `FromStr`",
            variant.ident
        );
        errors.on(variant.ident, message);
    }
}

/// Tags stand in keys as they are, and each must lead back to one variant.
fn tags(part: &KeyPart<'_>, variants: &[Variant<'_>], errors: &mut Errors) {
    let mut seen: Vec<(String, String)> = Vec::new();
    for variant in variants {
        let tag = lower::tag(part, variant);
        let span = variant.rename.get().map_or(variant.ident.span(), syn::LitStr::span);
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
        if tag.is_empty() {
            errors.at(span, "a tag cannot be empty; write a word");
        } else if !tag.chars().all(allowed) {
            let message = format!(
                "the tag `{tag}` cannot stand in a key: a tag is made of letters A-Z and a-z, digits, \
                 `_` and `-`; write `#[key_part(rename = \"…\")]`"
            );
            errors.at(span, message);
        } else if let Some((_, first)) = seen.iter().find(|(other, _)| *other == tag) {
            let message = format!(
                "`{first}` and `{}` have one tag, `{tag}`; write `#[key_part(rename = \"…\")]` on one",
                variant.ident
            );
            errors.at(span, message);
        }
        seen.push((tag, variant.ident.to_string()));
    }
}
