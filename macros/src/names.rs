//! Names that the derives make up: such that they clash with no word of the user's input, because
//! that input's tokens stand beside ours in the expansion.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

/// The words of the input, and the names made up so far.
pub(crate) struct Words(HashSet<String>);

impl Words {
    /// The words of an input.
    pub(crate) fn of(tokens: &TokenStream) -> Self {
        let mut words = HashSet::new();
        collect(tokens.clone(), &mut words);
        Self(words)
    }

    /// A name that begins with `base` and is not in use.
    pub(crate) fn fresh(&mut self, base: &str) -> Ident {
        let mut name = base.to_owned();
        let mut number = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{base}{number}");
            number += 1;
        }
        identifier(&name, Span::call_site())
            .unwrap_or_else(|| Ident::new("unnamed", Span::call_site()))
    }
}

fn collect(tokens: TokenStream, words: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect(group.stream(), words),
            TokenTree::Ident(word) => {
                words.insert(word.to_string());
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The text as an identifier, raw where it is a keyword; nothing where it is none.
pub(crate) fn identifier(text: &str, span: Span) -> Option<Ident> {
    let ident = syn::parse_str::<Ident>(text).or_else(|_| syn::parse_str(&format!("r#{text}")));
    let mut ident = ident.ok()?;
    ident.set_span(span);
    Some(ident)
}

/// Where the user wrote it, but resolved as the expansion's own token, so that lints about written
/// code do not speak of it.
pub(crate) fn ours(span: Span) -> Span {
    Span::call_site().located_at(span)
}
