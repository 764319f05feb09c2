//! The expansion of `derive(Table)`.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::{at_type, number, scope, word_at};
use crate::ast::Table;
use crate::lower::{repeated, table_name};
use crate::names::Words;

/// ```text
/// impl kl::Table for Blue { … }
/// impl kl::ListedIn<Blue> for Dialogue { const AT: usize = 0; }
/// const _: () = kl::assert_scope::<<Dialogue as kl::Record>::Scope, <Blue as kl::Table>::Tenant>();
/// const _: () = kl::rules::check_record_of_table(<Blue as kl::Table>::SCHEMA, 0);
/// ```
pub(crate) fn expand_table(table: &Table<'_>, mut words: Words) -> TokenStream {
    let kl = words.fresh("kl");
    let ident = table.item.ident;
    let records = table.options.records.get().map(Vec::as_slice).unwrap_or_default();
    let schemas = records.iter().map(|record| quote!(<#record as #kl::Record>::SCHEMA));
    let table_impl = table_impl(table, &kl, &quote!(#(#schemas,)*));
    let lists = lists(table, &kl);
    let rules = records.iter().enumerate().map(|(at, record)| {
        let (at, span) = (number(at), at_type(record));
        let (kl, table) = (word_at(&kl, span), word_at(ident, span));
        quote_spanned! {span=>
            const _: () = #kl::assert_scope::<<#record as #kl::Record>::Scope, <#table as #kl::Table>::Tenant>();
            const _: () = #kl::rules::check_record_of_table(<#table as #kl::Table>::SCHEMA, #at);
        }
    });
    let body = quote!(#table_impl #lists #(#rules)*);
    scope(&table.options.krate, &kl, &body)
}

fn tenant(table: &Table<'_>, kl: &Ident) -> TokenStream {
    let tenant = table.options.tenant.get();
    tenant.map_or_else(|| quote!(#kl::NoTenant), |tenant| quote!(#tenant))
}

/// ```text
/// impl kl::Table for Blue {
///     type Tenant = ProjectId;
///     const SCHEMA: &'static kl::TableSchema = &kl::TableSchema { name: "blue", records: &[…, kl::SYSTEM] };
/// }
/// ```
pub(super) fn table_impl(table: &Table<'_>, kl: &Ident, records: &TokenStream) -> TokenStream {
    let ident = table.item.ident;
    let tenant = tenant(table, kl);
    let name = table_name(table);
    quote! {
        #[automatically_derived]
        impl #kl::Table for #ident {
            type Tenant = #tenant;
            const SCHEMA: &'static #kl::TableSchema = &#kl::TableSchema {
                name: #name,
                records: &[#records #kl::SYSTEM],
            };
        }
    }
}

/// ```text
/// impl kl::ListedIn<Blue> for Dialogue { const AT: usize = 0; }
/// ```
pub(super) fn lists(table: &Table<'_>, kl: &Ident) -> TokenStream {
    let ident = table.item.ident;
    let records = table.options.records.get().map(Vec::as_slice).unwrap_or_default();
    let repeated = repeated(records.iter());
    let is_first = |record: &Type| !repeated.iter().any(|other| std::ptr::eq(*other, record));
    let lists =
        records.iter().enumerate().filter(|(_, record)| is_first(record)).map(|(at, record)| {
            quote! {
                #[automatically_derived]
                impl #kl::ListedIn<#ident> for #record {
                    const AT: usize = #at;
                }
            }
        });
    quote!(#(#lists)*)
}
