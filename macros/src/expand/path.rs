//! The functions and the query type of one path.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::{number, visibility};
use crate::ast::{self, Role};
use crate::lower::{Path, Placeholder, Record, RecordWords};

/// ```text
/// /// The key of one `Tension`: `dialogue#{dialogue}` / `tension#{id}`.
/// pub fn key(dialogue: impl kl::Arg<String>, id: impl kl::Arg<u32>) -> kl::Key<Self> {
///     kl::Key::build().with(dialogue).with(id)
/// }
/// ```
pub(super) fn key(record: &Record<'_>, primary: &Path) -> TokenStream {
    let doc = format!("The key of one `{}`: {}.", record.ast.item.ident, templates(primary, " / "));
    builder(record, &record.key_method, &doc, &quote!(Key), &key_fields(record, primary))
}

/// ```text
/// /// One stream of `Entry`: `account#{account}` / `entry#{number}`, without `number`.
/// pub fn stream(account: impl kl::Arg<u32>) -> kl::StreamKey<Self> {
///     kl::StreamKey::build().with(account)
/// }
/// ```
pub(super) fn stream(record: &Record<'_>, primary: &Path) -> Option<TokenStream> {
    let method = record.stream_method.as_ref()?;
    let number = record.ast.role(Role::Sequence)?;
    let doc = format!(
        "One stream of `{}`: {}, without `{}`.",
        record.ast.item.ident,
        templates(primary, " / "),
        number.name
    );
    let mut fields = key_fields(record, primary);
    fields.retain(|field| !field.has(Role::Sequence));
    Some(builder(record, method, &doc, &quote!(StreamKey), &fields))
}

/// The fields of the primary key, in its order.
fn key_fields<'a>(record: &'a Record<'_>, primary: &Path) -> Vec<&'a ast::Field<'a>> {
    let all = primary.partition.iter().chain(&primary.sort);
    all.filter_map(|component| component.placeholder.as_ref())
        .filter_map(|placeholder| record.field(placeholder))
        .collect()
}

/// A function that makes a key of these fields.
fn builder(
    record: &Record<'_>,
    method: &Ident,
    doc: &str,
    made: &TokenStream,
    fields: &[&ast::Field<'_>],
) -> TokenStream {
    let (kl, vis) = (&record.words.kl, visibility(&record.ast.item));
    let names = fields.iter().map(|field| field.ident);
    let arguments = fields.iter().map(|field| {
        let (name, ty) = (field.ident, field.ty);
        quote!(#name: impl #kl::Arg<#ty>)
    });
    quote! {
        #[doc = #doc]
        #vis fn #method(#(#arguments),*) -> #kl::#made<Self> {
            #kl::#made::build()#(.with(#names))*
        }
    }
}

/// ```text
/// /// Every `Tension` of `dialogue#{dialogue}`, ordered by `tension#{id}`.
/// pub fn partition(dialogue: impl kl::Arg<String>) -> TensionQuery<0> {
///     TensionQuery(kl::PathQuery::new(kl::Path::Primary).with(dialogue))
/// }
/// ```
pub(super) fn entry(record: &Record<'_>, path: &Path) -> TokenStream {
    let kl = &record.words.kl;
    let vis = visibility(&record.ast.item);
    let (method, query) = (&path.method, &record.words.query);
    let own = number(path.number());
    let fields: Vec<_> = Path::placeholders(&path.partition)
        .filter_map(|placeholder| record.field(placeholder))
        .collect();
    let names = fields.iter().map(|field| field.ident);
    let arguments = fields.iter().map(|field| {
        let (name, ty) = (field.ident, argument_type(path, field));
        quote!(#name: impl #kl::Arg<#ty>)
    });
    let which = which(kl, path, Span::call_site());
    let doc = entry_doc(record, path);
    quote! {
        #[doc = #doc]
        #vis fn #method(#(#arguments),*) -> #query<#own> {
            #query(#kl::PathQuery::new(#which)#(.with(#names))*)
        }
    }
}

/// `kl::Path::Primary`, or `kl::Path::Index(0)`.
pub(super) fn which(kl: &Ident, path: &Path, span: Span) -> TokenStream {
    match &path.index {
        None => quote_spanned!(span=> #kl::Path::Primary),
        Some(index) => {
            let mut at = number(index.at);
            at.set_span(span);
            quote_spanned!(span=> #kl::Path::Index(#at))
        }
    }
}

fn entry_doc(record: &Record<'_>, path: &Path) -> String {
    let ident = record.ast.item.ident;
    let templates = templates(path, ", ordered by ");
    match &path.index {
        None => format!("Every `{ident}` of {templates}."),
        Some(index) => format!(
            "Every `{ident}` of the index `{}`: {templates}; eventually consistent on DynamoDB.",
            index.name
        ),
    }
}

fn templates(path: &Path, between: &str) -> String {
    match &path.templates {
        (partition, Some(sort)) => {
            format!("`{}`{between}`{}`", partition.value(), sort.value())
        }
        (partition, None) => format!("`{}`", partition.value()),
    }
}

/// A record whose field is absent stands in the primary key with an empty component, and in an
/// index not at all, so an index is never asked for absence.
fn argument_type<'a>(path: &Path, field: &'a ast::Field<'_>) -> &'a Type {
    match (&path.index, field.inner) {
        (Some(_), Some(inner)) => inner,
        _ => field.ty,
    }
}

/// One type for all of a record's paths, which are told apart by their number.
///
/// ```text
/// #[must_use = "a query of `Tension` does nothing until it is handed to a scope"]
/// pub struct TensionQuery<const P: usize, At = kl::At<0>>(kl::PathQuery<Tension, At>);
/// impl<At> TensionQuery<0, At> { … }
/// impl<const P: usize, At> kl::Selection for TensionQuery<{ P }, At> {
///     type Output = Tension;
///     fn into_select(self) -> kl::Select { self.0.into_select() }
/// }
/// ```
pub(super) fn queries(record: &Record<'_>) -> TokenStream {
    let RecordWords { kl, position, path, query, .. } = &record.words;
    let (vis, ident) = (visibility(&record.ast.item), record.ast.item.ident);
    let reason = format!("a query of `{ident}` does nothing until it is handed to a scope");
    let steps = record.paths.iter().map(|path| steps(record, path));
    quote! {
        #[must_use = #reason]
        #vis struct #query<const #path: usize, #position = #kl::At<0>>(#kl::PathQuery<#ident, #position>);
        #(#steps)*
        #[automatically_derived]
        impl<const #path: usize, #position> #kl::Selection for #query<{ #path }, #position> {
            type Output = #ident;
            fn into_select(self) -> #kl::Select {
                self.0.into_select()
            }
        }
    }
}

/// Every step is a function of every position, so that one out of turn is refused in words, by the
/// bound `kl::Step`.
///
/// ```text
/// impl<At> TensionQuery<0, At> {
///     …
/// }
/// ```
fn steps(record: &Record<'_>, path: &Path) -> Option<TokenStream> {
    let RecordWords { position, query, .. } = &record.words;
    let own = number(path.number());
    let steps: Vec<_> = Path::placeholders(&path.sort)
        .enumerate()
        .filter_map(|(at, placeholder)| step(record, path, at, placeholder))
        .collect();
    (!steps.is_empty()).then(|| {
        quote! {
            impl<#position> #query<#own, #position> {
                #(#steps)*
            }
        }
    })
}

/// ```text
/// pub fn id<M: kl::Step<u32, At, 0>>(self, id: impl kl::PathArg<u32, M>) -> TensionQuery<0, M::Then<kl::At<1>>> {
///     TensionQuery(self.0.and(id))
/// }
/// ```
fn step(
    record: &Record<'_>,
    path: &Path,
    at: usize,
    placeholder: &Placeholder,
) -> Option<TokenStream> {
    let RecordWords { kl, marker, position, query, .. } = &record.words;
    let vis = visibility(&record.ast.item);
    let field = record.field(placeholder)?;
    let (name, ty) = (field.ident, argument_type(path, field));
    let (own, here, next) = (number(path.number()), number(at), number(at + 1));
    Some(quote! {
        #vis fn #name<#marker: #kl::Step<#ty, #position, #here>>(
            self,
            #name: impl #kl::PathArg<#ty, #marker>,
        ) -> #query<#own, #marker::Then<#kl::At<#next>>> {
            #query(self.0.and(#name))
        }
    })
}
