//! Half-typed input: whatever a person is in the middle of typing, the derives answer with tokens
//! that are Rust, and with errors on the person's own tokens.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use proptest::prelude::*;

use super::{DERIVES, Derive, derived, errors, fixtures, input_of};

/// What is done to the token at a place, counted in the order of the text.
#[derive(Clone, Copy)]
enum Change {
    EndBefore,
    Delete,
    Duplicate,
    SwapWithNext,
}

/// The tokens with one change; `next` counts them.
fn changed(tokens: TokenStream, change: Change, place: usize, next: &mut usize) -> TokenStream {
    let mut result: Vec<TokenTree> = Vec::new();
    let mut swapped: Option<TokenTree> = None;
    for token in tokens {
        let here = *next;
        *next += 1;
        if matches!(change, Change::EndBefore) && here >= place {
            break;
        }
        let token = match token {
            TokenTree::Group(group) => {
                let inside = changed(group.stream(), change, place, next);
                let mut group_changed = Group::new(group.delimiter(), inside);
                group_changed.set_span(group.span());
                TokenTree::Group(group_changed)
            }
            other => other,
        };
        let before = swapped.take();
        match change {
            Change::Delete if here == place => {}
            Change::Duplicate if here == place => result.extend([token.clone(), token]),
            Change::SwapWithNext if here == place => swapped = Some(token),
            _ => result.push(token),
        }
        result.extend(before);
    }
    result.extend(swapped);
    result.into_iter().collect()
}

fn count(tokens: &TokenStream) -> usize {
    let inside = |token: &TokenTree| match token {
        TokenTree::Group(group) => count(&group.stream()),
        _ => 0,
    };
    tokens.clone().into_iter().map(|token| 1 + inside(&token)).sum()
}

/// Expands, and looks at what comes back.
fn probe(derive: Derive, input: &TokenStream, length: usize) {
    let expansion = derive(input.clone());
    assert!(
        syn::parse2::<syn::File>(expansion.clone()).is_ok(),
        "no Rust comes of `{input}`: {expansion}"
    );
    if input.is_empty() || syn::parse2::<syn::DeriveInput>(input.clone()).is_err() {
        // The item itself is no Rust; the compiler says so before any derive runs.
        return;
    }
    for (message, first, last) in errors(&expansion) {
        for span in [first, last] {
            assert!(lies_inside(span, length), "`{message}` lies outside of `{input}`: {span:?}");
        }
    }
}

/// A span that is not of the input is empty here.
fn lies_inside(span: Span, length: usize) -> bool {
    let range = span.byte_range();
    !range.is_empty() && range.end <= length && span.source_text().is_some()
}

#[test]
fn half_typed_items_are_answered() {
    for (_, fixture) in fixtures() {
        for (item, derive) in derived(&fixture.items) {
            let text = input_of(item).to_string();
            let input: TokenStream = text.parse().expect("tokens");
            for place in 0..=count(&input) {
                use Change::{Delete, Duplicate, EndBefore, SwapWithNext};
                for change in [EndBefore, Delete, Duplicate, SwapWithNext] {
                    let input = changed(input.clone(), change, place, &mut 0);
                    probe(derive, &input, text.len());
                }
            }
        }
    }
}

#[test]
fn each_derive_answers_the_items_of_the_others() {
    for (_, fixture) in fixtures() {
        for (item, _) in derived(&fixture.items) {
            let text = input_of(item).to_string();
            let input: TokenStream = text.parse().expect("tokens");
            for (_, derive) in DERIVES {
                probe(derive, &input, text.len());
            }
        }
    }
}

#[test]
fn groups_in_groups_are_answered() {
    let mut inside: TokenStream = "a#{id}".parse::<TokenStream>().unwrap_or_default();
    for delimiter in [Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None]
    {
        inside = TokenTree::Group(Group::new(delimiter, inside)).into();
        for (_, derive) in DERIVES {
            derive(quote::quote!(#[record #inside] #[table #inside] struct A { id: u32 }));
            derive(
                quote::quote!(#[record(partition = #inside, index #inside)] struct A { id: #inside }),
            );
        }
    }
}

const ON_TYPE: [&str; 12] = [
    r#"partition = "dialogue#{dialogue}", sort = "tension#{id}""#,
    r#"global, index(by_status, partition = "tensions#{status:norm}", sort = "{updated}", unique)"#,
    r#"name = "a", names(key = "record_key", partition = "rows"), crate = "my::path""#,
    r#"partition = "a{id:8}", index(r#type, partition = "b", slot = 2, method = "find")"#,
    r#"partition = "a", index(by, partition = "b", projection = include(id, r#type), projection = keys)"#,
    r#"stream, partition = "a", sort = "{id}", names(stream = "events"), unique(seat, id, r#type)"#,
    r#"global, partition = "a#{id}", unique("both", "dialogue", id), unique(), stream"#,
    r#"name = "blue", tenant = ProjectId, records(Dialogue, a::Tension, Perspective)"#,
    r#"rename_all = "snake_case", no_from"#,
    "tenant = Vec<(u8, &'static [u8; 3])>, records(Box<dyn Fn(u8) -> u8>, [u8])",
    "index(), names(), records()",
    r##"partition = r#"a#{r#type}"#, sort = concat!("a", "b")"##,
];

const ON_FIELD: [&str; 8] = [
    "tenant",
    "revision, created",
    r#"rename = "n", token = "TITLE""#,
    r#"default = "my::default""#,
    "skip, default, expires",
    r#"sequence = "round#{id:8}#{dialogue:norm}", unique"#,
    "deleted, sequence, unique",
    "",
];

/// A text with a few characters deleted, repeated, or replaced.
fn mutated(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0..3_u8, "[-a-z#{}()\\[\\]=,:\"'<>&!0-9ößé \\\\]");
    (prop::sample::select(texts), prop::collection::vec(change, 0..6)).prop_map(
        |(text, changes)| {
            let mut letters: Vec<char> = text.chars().collect();
            for (place, kind, new) in changes {
                let place = place.index(letters.len() + 1);
                let new = new.chars().next().unwrap_or('#');
                match (kind, letters.get(place).copied()) {
                    (0, Some(_)) => {
                        letters.remove(place);
                    }
                    (1, Some(letter)) => letters.insert(place, letter),
                    _ => letters.insert(place, new),
                }
            }
            letters.into_iter().collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_attributes_are_answered(on_type in mutated(&ON_TYPE), on_field in mutated(&ON_FIELD)) {
        for text in [
            format!("#[record({on_type})] pub struct Tension {{ #[record({on_field})] dialogue: String, id: u32, #[record(tenant)] r#type: Option<u8> }}"),
            format!("#[key_part({on_type})] enum Status {{ #[key_part({on_field})] Open, InReview }}"),
            format!("#[table({on_type})] struct Blue;"),
            format!("#[collection({on_type})] enum Items {{ A(A), B(Box<B>) }}"),
        ] {
            let Ok(input) = text.parse::<TokenStream>() else {
                continue;
            };
            for (_, derive) in DERIVES {
                probe(derive, &input, text.len());
            }
        }
    }

    #[test]
    fn any_template_is_answered(partition in ".{0,24}", sort in "[a-z#{}: r]{0,24}") {
        let (partition, sort) = (proc_macro2::Literal::string(&partition), proc_macro2::Literal::string(&sort));
        let text = format!("#[record(global, partition = {partition}, sort = {sort})] struct A {{ a: u8, b: u8 }}");
        if let Ok(input) = text.parse::<TokenStream>() {
            probe(crate::derive::record, &input, text.len());
        }
    }
}
