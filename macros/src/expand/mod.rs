//! Quotes the Rust that the derives emit: plain data and one-line calls, all of it named through
//! the runtime's hidden module. Nothing here can find a mistake.

mod collection;
mod inert;
mod key_part;
mod path;
mod record;
mod table;

pub(crate) use collection::expand_collection;
pub(crate) use inert::{inert_collection, inert_key_part, inert_record, inert_table};
pub(crate) use key_part::expand_key_part;
pub(crate) use record::expand_record;
pub(crate) use table::expand_table;

use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;
use syn::spanned::Spanned;

use crate::ast::{Item, Setting};
use crate::names::ours;

/// Puts impls into a scope of their own.
///
/// ```text
/// const _: () = {
///     use ::keyloom::__private::{self as kl, DocumentProbe as _, NoKeyProbe as _};
///     …
/// };
/// ```
fn scope(krate: &Setting<Path>, kl: &Ident, body: &TokenStream) -> TokenStream {
    let krate = krate.get().map_or_else(|| quote!(::keyloom), |path| quote!(#path));
    // No lint is allowed here, because that is an error where the user forbids it. The traits answer
    // for a field that is no scalar, or no key part, and must be in scope to be asked.
    quote! {
        const _: () = {
            use #krate::__private::{self as #kl, DocumentProbe as _, NoKeyProbe as _};
            #body
        };
    }
}

/// The item's visibility, for what we emit beside it. Its own tokens would do but where a macro of
/// the user's wrote them: the compiler would take our functions for that macro's, and warn of each
/// that is not used. What stands in `pub(in …)` keeps its meaning.
fn visibility(item: &Item<'_>) -> TokenStream {
    let at_place = |mut token: TokenTree| {
        token.set_span(ours(token.span()));
        token
    };
    item.vis.to_token_stream().into_iter().map(at_place).collect()
}

/// Where the first token of a type stands, for an expansion that is about the type.
fn at_type(ty: &syn::Type) -> Span {
    ours(ty.span())
}

/// The word at another place: where a call begins decides where its mistakes are shown.
fn word_at(word: &Ident, span: Span) -> Ident {
    let mut word = word.clone();
    word.set_span(span);
    word
}

/// A position as a literal without a suffix.
fn number(number: usize) -> Literal {
    Literal::usize_unsuffixed(number)
}

/// The same tokens, all at one place.
fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = token {
                token = Group::new(group.delimiter(), respan(group.stream(), span)).into();
            }
            token.set_span(span);
            token
        })
        .collect()
}
