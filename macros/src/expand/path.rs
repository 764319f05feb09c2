//! The functions and the query type of one path.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::number;
use crate::ast;
use crate::lower::{Path, Placeholder, Record};

/// ```text
/// /// The key of one `Tension`: `dialogue#{dialogue}` / `tension#{id}`.
/// pub fn key(dialogue: impl kl::KeyArg<String>, id: impl kl::KeyArg<u32>) -> kl::Key<Self> {
///     kl::Key::build().with(dialogue).with(id)
/// }
/// ```
pub(super) fn key(record: &Record<'_>, primary: &Path) -> TokenStream {
    let kl = &record.words.kl;
    let (vis, method) = (record.ast.item.vis, &record.key_method);
    let all = primary.partition.iter().chain(&primary.sort);
    let fields: Vec<_> = all
        .filter_map(|component| component.placeholder.as_ref())
        .filter_map(|placeholder| record.field(placeholder))
        .collect();
    let names = fields.iter().map(|field| field.ident);
    let arguments = fields.iter().map(|field| {
        let (name, ty) = (field.ident, field.ty);
        quote!(#name: impl #kl::KeyArg<#ty>)
    });
    let doc = format!("The key of one `{}`: {}.", record.ast.item.ident, templates(primary, " / "));
    quote! {
        #[doc = #doc]
        #vis fn #method(#(#arguments),*) -> #kl::Key<Self> {
            #kl::Key::build()#(.with(#names))*
        }
    }
}

/// ```text
/// /// Every `Tension` of `dialogue#{dialogue}`, ordered by `tension#{id}`.
/// pub fn partition(dialogue: impl kl::KeyArg<String>) -> TensionPartitionQuery {
///     TensionPartitionQuery(kl::PathQuery::new(kl::Path::Primary).with(dialogue), kl::PhantomData)
/// }
/// ```
pub(super) fn entry(record: &Record<'_>, path: &Path) -> TokenStream {
    let kl = &record.words.kl;
    let vis = record.ast.item.vis;
    let Path { method, query, .. } = path;
    let fields: Vec<_> = Path::placeholders(&path.partition)
        .filter_map(|placeholder| record.field(placeholder))
        .collect();
    let names = fields.iter().map(|field| field.ident);
    let arguments = fields.iter().map(|field| {
        let (name, ty) = (field.ident, argument_type(path, field));
        quote!(#name: impl #kl::KeyArg<#ty>)
    });
    let which = which(kl, path, Span::call_site());
    let doc = entry_doc(record, path);
    quote! {
        #(#[doc = #doc])*
        #vis fn #method(#(#arguments),*) -> #query {
            #query(#kl::PathQuery::new(#which)#(.with(#names))*, #kl::PhantomData)
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

fn entry_doc(record: &Record<'_>, path: &Path) -> Vec<String> {
    let ident = record.ast.item.ident;
    match &path.index {
        None => {
            vec![format!("Every `{ident}` of {}.", templates(path, ", ordered by "))]
        }
        Some(index) => vec![
            format!(
                "Every `{ident}` of the index `{}`: {}.",
                index.name,
                templates(path, ", ordered by ")
            ),
            String::new(),
            "Index reads are eventually consistent on DynamoDB.".to_owned(),
        ],
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

/// ```text
/// /// A query of `Tension` by its primary key.
/// #[must_use = "a query does nothing until it is handed to a scope"]
/// pub struct TensionPartitionQuery<At = kl::At<0>>(kl::PathQuery<Tension>, kl::PhantomData<At>);
/// impl<At> TensionPartitionQuery<At> { … }
/// impl<At> kl::Selection for TensionPartitionQuery<At> {
///     type Output = Tension;
///     fn into_select(self) -> kl::Select { self.0.into_select() }
/// }
/// ```
pub(super) fn query(record: &Record<'_>, path: &Path) -> TokenStream {
    let kl = &record.words.kl;
    let position = &record.words.position;
    let (vis, ident) = (record.ast.item.vis, record.ast.item.ident);
    let query = &path.query;
    let doc = match &path.index {
        None => format!("A query of `{ident}` by its primary key."),
        Some(index) => format!("A query of `{ident}` by the index `{}`.", index.name),
    };
    let steps = steps(record, path);
    quote! {
        #[doc = #doc]
        #[must_use = "a query does nothing until it is handed to a scope"]
        #vis struct #query<#position = #kl::At<0>>(#kl::PathQuery<#ident>, #kl::PhantomData<#position>);
        #steps
        #[automatically_derived]
        impl<#position> #kl::Selection for #query<#position> {
            type Output = #ident;
            fn into_select(self) -> #kl::Select {
                self.0.into_select()
            }
        }
    }
}

/// Every step is a function of every position, so that one out of turn is refused in words, by the
/// bound `kl::Next`.
///
/// ```text
/// impl<At> TensionPartitionQuery<At> {
///     …
/// }
/// ```
fn steps(record: &Record<'_>, path: &Path) -> Option<TokenStream> {
    let (position, query) = (&record.words.position, &path.query);
    let steps: Vec<_> = Path::placeholders(&path.sort)
        .enumerate()
        .filter_map(|(at, placeholder)| step(record, path, at, placeholder))
        .collect();
    (!steps.is_empty()).then(|| {
        quote! {
            #[allow(dead_code)]
            impl<#position> #query<#position> {
                #(#steps)*
            }
        }
    })
}

/// ```text
/// /// With this `id`, or an `id` of this range.
/// pub fn id<M: kl::Step<u32>>(self, id: impl kl::PathArg<u32, M>) -> TensionPartitionQuery<kl::Then<M, kl::At<1>>>
/// where At: kl::Next<0> {
///     TensionPartitionQuery(self.0.and(id), kl::PhantomData)
/// }
/// ```
fn step(
    record: &Record<'_>,
    path: &Path,
    at: usize,
    placeholder: &Placeholder,
) -> Option<TokenStream> {
    let kl = &record.words.kl;
    let (marker, position) = (&record.words.marker, &record.words.position);
    let vis = record.ast.item.vis;
    let query = &path.query;
    let field = record.field(placeholder)?;
    let (name, ty) = (field.ident, argument_type(path, field));
    let (here, next) = (number(at), number(at + 1));
    let doc = format!("With this `{0}`, or a `{0}` of this range.", field.name);
    Some(quote! {
        #[doc = #doc]
        #vis fn #name<#marker: #kl::Step<#ty>>(
            self,
            #name: impl #kl::PathArg<#ty, #marker>,
        ) -> #query<#kl::Then<#marker, #kl::At<#next>>>
        where
            #position: #kl::Next<#here>,
        {
            #query(self.0.and(#name), #kl::PhantomData)
        }
    })
}
