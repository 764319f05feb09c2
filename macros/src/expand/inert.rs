//! What stands beside the errors of refused input, so that one mistake gives one error: impls that
//! keep the places that use the type quiet. They never run, because the program does not compile.

use proc_macro2::TokenStream;
use quote::quote;

use super::record::{inherent, partition_types, scope_type};
use super::table::{lists, table_impl};
use super::{path, scope, visibility};
use crate::ast::{Collection, Item, KeyPart, Table};
use crate::lower::Record;
use crate::names::Words;

/// An impl for a type with parameters would need bounds that nobody knows.
fn is_generic(item: &Item<'_>) -> bool {
    !item.generics.params.is_empty() || item.generics.where_clause.is_some()
}

/// ```text
/// impl kl::Record for Tension { …, const SCHEMA: … = &kl::refused("Tension"); … }
/// impl kl::Writable for Tension {}
/// impl kl::SoftDeleted for Tension {}
/// impl kl::Numbered for Tension {}
/// impl kl::StreamRecord for Tension {}
/// impl Tension { … }       // the functions and constants, as far as the input could be read
/// ```
pub(crate) fn inert_record(record: &Record<'_>) -> TokenStream {
    if is_generic(&record.ast.item) {
        return TokenStream::new();
    }
    let kl = &record.words.kl;
    let ident = record.ast.item.ident;
    let name = &record.name;
    let scope_type = scope_type(record);
    let partition_types = partition_types(record);
    // How a value is written would be asked of types that may be what is wrong.
    let inherent = inherent(record, |kl, _, at| quote!(#kl::token(#at)));
    let queries = path::queries(record);
    let body = quote! {
        #[automatically_derived]
        impl #kl::Record for #ident {
            type Scope = #scope_type;
            type Partition = (#(#partition_types,)*);
            const SCHEMA: &'static #kl::RecordSchema = &#kl::refused(#name);
            fn write_field(&self, at: usize, _: &mut dyn #kl::FieldSink) -> #kl::Written {
                #kl::no_field(at)
            }
            fn read_fields(_: &mut #kl::Reader<'_>) -> #kl::Result<Self> {
                #kl::inert()
            }
            fn stamp(&mut self, _: &#kl::Stamps) {}
        }
        #[automatically_derived]
        impl #kl::Writable for #ident {}
        #[automatically_derived]
        impl #kl::SoftDeleted for #ident {}
        #[automatically_derived]
        impl #kl::Numbered for #ident {}
        #[automatically_derived]
        impl #kl::StreamRecord for #ident {}
        #inherent
        #queries
    };
    scope(&record.ast.options.krate, kl, &body)
}

/// ```text
/// impl kl::Scalar for Status { … }
/// impl kl::KeyPart for Status { const KIND: kl::KeyKind = kl::KeyKind::Words(&[]); type Shape = kl::Sized; }
/// ```
pub(crate) fn inert_key_part(part: &KeyPart<'_>, mut words: Words) -> TokenStream {
    if is_generic(&part.item) {
        return TokenStream::new();
    }
    let kl = words.fresh("kl");
    let ident = part.item.ident;
    let body = quote! {
        #[automatically_derived]
        impl #kl::Scalar for #ident {
            const STORAGE: #kl::Storage = #kl::Storage::Text;
            fn write(&self, to: &mut dyn #kl::FieldSink) -> #kl::Written {
                to.null()
            }
            fn read(value: #kl::Value<'_>) -> #kl::Outcome<Self> {
                #kl::unknown_tag(&value, &[])
            }
        }
        #[automatically_derived]
        impl #kl::KeyPart for #ident {
            const KIND: #kl::KeyKind = #kl::KeyKind::Words(&[]);
            type Shape = #kl::Sized;
        }
    };
    scope(&part.options.krate, &kl, &body)
}

/// ```text
/// impl kl::Table for Blue { …, records: &[kl::SYSTEM] }
/// impl kl::ListedIn<Blue> for Dialogue { … }
/// ```
pub(crate) fn inert_table(table: &Table<'_>, mut words: Words) -> TokenStream {
    if is_generic(&table.item) {
        return TokenStream::new();
    }
    let kl = words.fresh("kl");
    let table_impl = table_impl(table, &kl, &TokenStream::new());
    let lists = lists(table, &kl);
    scope(&table.options.krate, &kl, &quote!(#table_impl #lists))
}

/// ```text
/// impl kl::Collection for DialogueItem { … members: &[] … }
/// impl<T, K> kl::Queryable<T, K> for DialogueItem { … }
/// impl DialogueItem { pub fn partition<P>(_: P) -> kl::CollectionQuery<Self> { … } }
/// ```
pub(crate) fn inert_collection(collection: &Collection<'_>, mut words: Words) -> TokenStream {
    if is_generic(&collection.item) {
        return TokenStream::new();
    }
    let kl = words.fresh("kl");
    let (table, scope_name, argument) = (words.fresh("T"), words.fresh("K"), words.fresh("P"));
    let (ident, vis) = (collection.item.ident, visibility(&collection.item));
    let name = crate::ast::bare(ident);
    let body = quote! {
        #[automatically_derived]
        impl #kl::Collection for #ident {
            const SCHEMA: &'static #kl::CollectionSchema =
                &#kl::CollectionSchema { name: #name, members: &[] };
            fn read_member(member: usize, _: &mut #kl::Reader<'_>) -> #kl::Result<Self> {
                #kl::no_member(member)
            }
            fn member(&self) -> (usize, &dyn #kl::Fields) {
                loop {}
            }
        }
        #[automatically_derived]
        impl<#table, #scope_name> #kl::Queryable<#table, #scope_name> for #ident {
            const MEMBERS: &'static [#kl::Member] = &[];
            fn read(member: usize, _: &mut #kl::Reader<'_>) -> #kl::Result<Self> {
                #kl::no_member(member)
            }
            fn member(&self) -> (usize, &dyn #kl::Fields) {
                loop {}
            }
        }
        impl #ident {
            /// Every record of one partition, in key order.
            #vis fn partition<#argument>(_: #argument) -> #kl::CollectionQuery<Self> {
                loop {}
            }
        }
    };
    scope(&collection.krate, &kl, &body)
}
