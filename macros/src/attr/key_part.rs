//! Reads `#[key_part(…)]`.

use syn::{Data, DeriveInput, Fields};

use super::{Level, attributes, item, value};
use crate::ast::{KeyPart, KeyPartKind, KeyPartOptions, Setting, Variant};
use crate::errors::Errors;
use crate::symbol;

const TYPE_OPTIONS: &[&str] = &[symbol::RENAME_ALL, symbol::NO_FROM, symbol::TEXT, symbol::CRATE];

const ON_TYPE: Level = Level {
    place: "`#[key_part(…)]` on the type",
    options: TYPE_OPTIONS,
    elsewhere: (&[symbol::RENAME], "`#[key_part(…)]` on a variant"),
};

const ON_VARIANT: Level = Level {
    place: "`#[key_part(…)]` on a variant",
    options: &[symbol::RENAME],
    elsewhere: (TYPE_OPTIONS, "`#[key_part(…)]` on the type"),
};

const ON_FIELD: Level = Level {
    place: "`#[key_part(…)]` on a field",
    options: &[],
    elsewhere: (TYPE_OPTIONS, "`#[key_part(…)]` on the type"),
};

/// Reads a type with `derive(KeyPart)`.
pub(crate) fn key_part<'a>(input: &'a DeriveInput, errors: &mut Errors) -> KeyPart<'a> {
    let mut found = KeyPartOptions::default();
    attributes(&input.attrs, symbol::KEY_PART, &ON_TYPE, errors, |key, input, errors| {
        match key.name {
            symbol::RENAME_ALL => value::text(key, input, &mut found.rename_all, errors),
            symbol::NO_FROM => value::flag(key, input, &mut found.no_from, errors),
            symbol::TEXT => value::flag(key, input, &mut found.text, errors),
            _ => value::path(key, input, &mut found.krate, errors),
        }
    });
    let kind = match &input.data {
        Data::Struct(data) if found.text.is_given() => {
            no_options(&data.fields, errors);
            KeyPartKind::Text(Vec::new())
        }
        Data::Struct(data) => newtype(input, &data.fields, errors),
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| read_variant(variant, errors));
            let kind = if found.text.is_given() { KeyPartKind::Text } else { KeyPartKind::Enum };
            kind(variants.collect())
        }
        Data::Union(data) => {
            let message = "`derive(KeyPart)` takes a struct with one field or an enum without data";
            errors.on(data.union_token, message);
            KeyPartKind::Other
        }
    };
    KeyPart { item: item(input), options: found, kind }
}

fn newtype<'a>(input: &'a DeriveInput, fields: &'a Fields, errors: &mut Errors) -> KeyPartKind<'a> {
    no_options(fields, errors);
    let mut each = fields.iter();
    match (each.next(), each.next()) {
        (Some(field), None) => KeyPartKind::Newtype { field: field.ident.as_ref(), ty: &field.ty },
        (None, _) => {
            let message =
                "a key part holds one value; write `struct … (String);`, or an enum without data";
            errors.on(&input.ident, message);
            KeyPartKind::Other
        }
        (Some(_), Some(second)) => {
            let message = "a key part holds one value; put each field into the key by its own placeholder, or write \
                 `#[key_part(text)]` on a type with `Display` and `FromStr`";
            match &second.ident {
                Some(ident) => errors.on(ident, message),
                None => errors.on(&second.ty, message),
            }
            KeyPartKind::Other
        }
    }
}

fn no_options(fields: &Fields, errors: &mut Errors) {
    for field in fields {
        attributes(&field.attrs, symbol::KEY_PART, &ON_FIELD, errors, |_, _, _| Ok(()));
    }
}

fn read_variant<'a>(variant: &'a syn::Variant, errors: &mut Errors) -> Variant<'a> {
    let mut rename = Setting::default();
    attributes(&variant.attrs, symbol::KEY_PART, &ON_VARIANT, errors, |key, input, errors| {
        value::text(key, input, &mut rename, errors)
    });
    Variant { ident: &variant.ident, fields: &variant.fields, rename }
}
