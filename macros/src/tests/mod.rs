//! Tests of the derives. A proc-macro crate exports nothing else, so they live inside of it.

mod case;
mod messages;
mod mutations;
mod names;
mod numbers;
mod snapshots;
mod suggest;
mod template;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item};

use crate::derive;

/// One of our derives.
pub(crate) type Derive = fn(TokenStream) -> TokenStream;

const DERIVES: [(&str, Derive); 4] = [
    ("Record", derive::record),
    ("KeyPart", derive::key_part),
    ("Table", derive::table),
    ("Collection", derive::collection),
];

/// The fixtures by name, which the integration tests compile and run too.
fn fixtures() -> Vec<(String, syn::File)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");
    let mut fixtures: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of fixtures")
        .map(|entry| {
            let path = entry.expect("a fixture").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("a readable fixture");
            (name, syn::parse_file(&text).expect("a fixture that is Rust"))
        })
        .collect();
    fixtures.sort_by(|(left, _), (right, _)| left.cmp(right));
    fixtures
}

/// The items with a derive of ours, each with that derive, those in modules included.
fn derived(items: &[Item]) -> Vec<(&Item, Derive)> {
    let mut found = Vec::new();
    for item in items {
        let attrs = match item {
            Item::Struct(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Mod(module) => {
                found.extend(derived(module.content.as_ref().map_or(&[], |(_, items)| items)));
                continue;
            }
            _ => continue,
        };
        found.extend(derives_of(attrs).into_iter().map(|derive| (item, derive)));
    }
    found
}

fn derives_of(attrs: &[Attribute]) -> Vec<Derive> {
    let words: Vec<_> = attrs
        .iter()
        .filter(|attr| attr.path().is_ident("derive"))
        .flat_map(|attr| {
            attr.meta
                .to_token_stream()
                .to_string()
                .split(|c: char| !c.is_alphanumeric())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    let ours = DERIVES.iter().filter(|(name, _)| words.iter().any(|word| word == name));
    ours.map(|(_, derive)| *derive).collect()
}

/// The tokens of an item as a derive gets them, without the derives themselves.
fn input_of(item: &Item) -> TokenStream {
    let mut item = item.clone();
    match &mut item {
        Item::Struct(item) => item.attrs.retain(|attr| !attr.path().is_ident("derive")),
        Item::Enum(item) => item.attrs.retain(|attr| !attr.path().is_ident("derive")),
        _ => {}
    }
    item.into_token_stream()
}

/// The expansion as formatted Rust.
fn pretty(tokens: TokenStream) -> String {
    let file = syn::parse2(tokens).expect("an expansion that is Rust");
    prettyplease::unparse(&file)
}

/// The `compile_error!`s of an expansion: their text, and where they begin and end.
fn errors(expansion: &TokenStream) -> Vec<(String, Span, Span)> {
    let mut errors = Vec::new();
    let tokens: Vec<_> = expansion.clone().into_iter().collect();
    for window in tokens.windows(3) {
        let [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Group(group)] = window else {
            continue;
        };
        if name == "compile_error" {
            let literal: syn::LitStr = syn::parse2(group.stream()).expect("a message");
            errors.push((literal.value(), name.span(), group.span()));
        }
    }
    errors
}
