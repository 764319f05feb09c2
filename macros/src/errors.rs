//! [`Errors`]: collects every mistake of one input, so that one build reports them all.
//!
//! Reading never fails: each phase pushes what it finds and goes on with what it could read. Only
//! [`Errors::finish`] makes a `Result` of it, once, between the checks and the expansion.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far. It must be finished: dropping it unread is a bug of this crate.
pub(crate) struct Errors {
    list: Vec<syn::Error>,
    unread: bool,
    finished: bool,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self { list: Vec::new(), unread: false, finished: false }
    }

    /// A mistake at one place.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.list.push(syn::Error::new(span, message));
    }

    /// A mistake in something that could not be read, whatever it was to say.
    pub(crate) fn unread(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.unread = true;
        self.on(tokens, message);
    }

    /// Whether something could not be read, so that what seems missing may stand there.
    pub(crate) fn has_unread(&self) -> bool {
        self.unread
    }

    /// A mistake that underlines all of `tokens`.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.list.push(syn::Error::new_spanned(tokens, message));
    }

    /// A mistake that a parser found.
    pub(crate) fn add(&mut self, error: syn::Error) {
        self.list.push(error);
    }

    /// The `compile_error!`s of all mistakes, or `Ok` where there is none.
    pub(crate) fn finish(mut self) -> Result<(), TokenStream> {
        self.finished = true;
        if self.list.is_empty() {
            return Ok(());
        }
        Err(self.list.iter().map(syn::Error::to_compile_error).collect())
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        debug_assert!(self.finished || std::thread::panicking(), "errors were never finished");
    }
}
