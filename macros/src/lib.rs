//! The derive macros of keyloom.
//!
//! Each derive goes through the same phases, one verb a module: `attr` reads the attributes into
//! `ast`, `check` rejects, `lower` resolves names to positions, `expand` quotes. Reading and checking
//! push every mistake into `Errors` and go on, so one build reports them all; beside the errors an
//! inert expansion stands, so that the places that use the type stay quiet. Nothing here names an
//! engine, and nothing panics on half-typed input.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod ast;
mod attr;
mod case;
mod check;
mod derive;
mod errors;
mod expand;
mod lower;
mod names;
mod suggest;
mod symbol;
mod template;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes a struct with named fields a record: its keys, its queries and its mapping to every engine.
///
/// It gives the struct the functions `key` and `partition`, one function for each index, a constant for
/// each stored field, and to a stream the function `stream`.
///
/// On the struct, `#[record(…)]` takes
///
/// - `partition = "…"`, the template of the partition key; required.
/// - `sort = "…"`, the template of the sort key. Without one the record is alone in its place.
/// - `index(name, partition = "…", sort = "…")`, another path to the records, any number of times.
///   `unique` in it forbids two records of one tenant to share its key; `slot = 3` chooses the shared
///   index of the DynamoDB table (1 to 20; otherwise the lowest that is free); `method = "…"` renames
///   its function; `projection = keys` or `projection = include(title, labels)` says that the index
///   of the DynamoDB table holds its key fields alone, or these besides, and not the whole record.
/// - `unique(name, field, …)`, a constraint: no two records of one tenant may have all these values
///   alike. It is no path of queries. Where an `Option` among them is `None` it says nothing.
/// - `stream`, for records that are only appended and never changed, numbered without holes. A field
///   `sequence` numbers them, and stands last in the sort template.
/// - `global`, for a record that belongs to no tenant.
/// - `name = "…"`, the stored name; otherwise the struct's.
/// - `names(key = "…", partition = "…", stream = "…")`, which renames these functions.
/// - `crate = "…"`, the path of keyloom where it is not `::keyloom`.
///
/// On a field it takes
///
/// - `tenant`, on the field that names the record's owner.
/// - `revision`, `created` and `updated`, on fields that each write moves.
/// - `expires`, on the time at which the record ceases to exist.
/// - `deleted`, on an `Option` of a time: a deleted record is only marked with it, read no more, and can
///   be restored. The record needs a `revision`.
/// - `sequence`, on a `u64`, `u32`, `i64` or `i32` that keyloom numbers new records with. The numbers are
///   unique in the record's partition, each larger than all before. `sequence = "…"` takes the template
///   of another scope instead, which records that name it alike share. The record needs a `revision`,
///   unless it is a stream.
/// - `unique`, on a field whose value no two records of one tenant may share; a constraint of its name.
/// - `rename = "…"`, the stored name; `token = "…"`, the name of the constant.
/// - `default` or `default = "path"`, what the field becomes in records stored without it.
/// - `skip`, for a field that is not stored and becomes its type's default when read.
///
/// A template is components joined by `#`. A component is a literal (`A-Z a-z 0-9 _ . ~ -`), or an
/// optional literal and then one `{field}`: `tension#{id}`, `v{number}`. `{field:8}` gives a number
/// its width; `{field:norm}` trims and lower-cases text, in the key only.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    derive::record(input.into()).into()
}

/// Makes a struct with one field, an enum without data, or any type with a text of its own a part of keys.
///
/// A struct is written as its field is. It also gets `From` its field's type, and `From<&str>` where
/// that is `String`. An enum is written as the tag of its variant, which is the variant's name. With
/// `text` a type is written as its `Display` shows it and read by its `FromStr`.
///
/// On the type, `#[key_part(…)]` takes
///
/// - `rename_all = "…"` on an enum, with serde's rules: `lowercase`, `UPPERCASE`, `PascalCase`,
///   `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE`.
/// - `no_from` on a struct, which leaves out the conversions.
/// - `text`, for a struct or enum of any form that has `Display` and `FromStr`. Each value must be parsed
///   from its own text, and have no other. Keys sort by the text.
/// - `crate = "…"`, the path of keyloom where it is not `::keyloom`.
///
/// On a variant it takes `rename = "…"`, the tag (`A-Z a-z 0-9 _ -`).
#[proc_macro_derive(KeyPart, attributes(key_part))]
pub fn derive_key_part(input: TokenStream) -> TokenStream {
    derive::key_part(input.into()).into()
}

/// Makes a unit struct a table: the records that share one DynamoDB table or one `SQLite` database.
///
/// `#[table(…)]` takes
///
/// - `records(A, B)`, its records; required. Those that can be taken for one another do not compile.
/// - `tenant = Type`, the type of its records' tenants. Without it all of them are global.
/// - `name = "…"`; otherwise the struct's name in `snake_case`.
/// - `crate = "…"`, the path of keyloom where it is not `::keyloom`.
#[proc_macro_derive(Table, attributes(table))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    derive::table(input.into()).into()
}

/// Makes an enum a collection: records of several types in one partition, read by one query.
///
/// Each variant holds one record, or a `Box` of one. The enum gets the function `partition`, which
/// takes nothing, one value, or a tuple of values: those of the members' partition template.
///
/// `#[collection(…)]` takes `crate = "…"`, the path of keyloom where it is not `::keyloom`.
#[proc_macro_derive(Collection, attributes(collection))]
pub fn derive_collection(input: TokenStream) -> TokenStream {
    derive::collection(input.into()).into()
}
