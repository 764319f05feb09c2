//! Reads `#[collection(…)]`.

use syn::{Data, DeriveInput};

use super::{Level, attributes, item, value};
use crate::ast::{Collection, Member, Setting};
use crate::errors::Errors;
use crate::symbol;

const ON_ENUM: Level = Level {
    place: "`#[collection(…)]`",
    options: &[symbol::CRATE],
    elsewhere: (&[symbol::PARTITION, symbol::SORT, symbol::INDEX], "`#[record(…)]` on a record"),
};

/// Reads an enum with `derive(Collection)`.
pub(crate) fn collection<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Collection<'a> {
    let mut krate = Setting::default();
    attributes(&input.attrs, symbol::COLLECTION, &ON_ENUM, errors, |key, input, errors| {
        value::path(key, input, &mut krate, errors)
    });
    let message = "`derive(Collection)` takes an enum with one variant for each record; write \
                   `enum … { Order(Order), Line(Line) }`";
    let variants = match &input.data {
        Data::Enum(data) => Some(&data.variants),
        Data::Struct(data) => {
            errors.on(data.struct_token, message);
            None
        }
        Data::Union(data) => {
            errors.on(data.union_token, message);
            None
        }
    };
    Collection {
        item: item(input),
        krate,
        members: variants
            .into_iter()
            .flatten()
            .map(|variant| Member { ident: &variant.ident, fields: &variant.fields })
            .collect(),
        is_enum: variants.is_some(),
    }
}
