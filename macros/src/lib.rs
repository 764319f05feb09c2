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
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
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

/// Makes a struct a record.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    derive::record(input.into()).into()
}

/// Makes a newtype or an enum without data a part of keys.
#[proc_macro_derive(KeyPart, attributes(key_part))]
pub fn derive_key_part(input: TokenStream) -> TokenStream {
    derive::key_part(input.into()).into()
}

/// Makes a unit struct a table.
#[proc_macro_derive(Table, attributes(table))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    derive::table(input.into()).into()
}

/// Makes an enum a collection.
#[proc_macro_derive(Collection, attributes(collection))]
pub fn derive_collection(input: TokenStream) -> TokenStream {
    derive::collection(input.into()).into()
}
