//! The phases of each derive, in order.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::errors::Errors;
use crate::names::Words;
use crate::{attr, check, expand, lower};

/// Expands `derive(Record)`.
pub(crate) fn record(input: TokenStream) -> TokenStream {
    derive(input, |input, words, mut errors| {
        let ast = attr::record(input, &mut errors);
        check::record(&ast, &mut errors);
        let record = lower::record(&ast, words);
        match errors.finish() {
            Ok(()) => expand::expand_record(&record),
            Err(errors) => beside(errors, expand::inert_record(&record)),
        }
    })
}

/// Expands `derive(KeyPart)`.
pub(crate) fn key_part(input: TokenStream) -> TokenStream {
    derive(input, |input, words, mut errors| {
        let part = attr::key_part(input, &mut errors);
        check::key_part(&part, &mut errors);
        match errors.finish() {
            Ok(()) => expand::expand_key_part(&part, words),
            Err(errors) => beside(errors, expand::inert_key_part(&part, words)),
        }
    })
}

/// Expands `derive(Table)`.
pub(crate) fn table(input: TokenStream) -> TokenStream {
    derive(input, |input, words, mut errors| {
        let table = attr::table(input, &mut errors);
        check::table(&table, &mut errors);
        match errors.finish() {
            Ok(()) => expand::expand_table(&table, words),
            Err(errors) => beside(errors, expand::inert_table(&table, words)),
        }
    })
}

/// Expands `derive(Collection)`.
pub(crate) fn collection(input: TokenStream) -> TokenStream {
    derive(input, |input, words, mut errors| {
        let collection = attr::collection(input, &mut errors);
        check::collection(&collection, &mut errors);
        match errors.finish() {
            Ok(()) => expand::expand_collection(&collection, words),
            Err(errors) => beside(errors, expand::inert_collection(&collection, words)),
        }
    })
}

fn derive(
    input: TokenStream,
    expand: impl FnOnce(&DeriveInput, Words, Errors) -> TokenStream,
) -> TokenStream {
    let words = Words::of(&input);
    match syn::parse2::<DeriveInput>(input) {
        Ok(input) => expand(&input, words, Errors::new()),
        // The compiler reports the same, so there is nothing to stand beside it.
        Err(error) => error.to_compile_error(),
    }
}

fn beside(mut errors: TokenStream, inert: TokenStream) -> TokenStream {
    errors.extend(inert);
    errors
}
