//! The expansion of `derive(Collection)`.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::{at_type, number, scope, visibility, word_at};
use crate::ast::{Collection, bare};
use crate::names::Words;

/// One variant that holds a record.
struct Arm<'a> {
    at: usize,
    variant: &'a Ident,
    record: &'a Type,
    boxed: bool,
}

/// ```text
/// impl kl::Collection for DialogueItem { … }
/// impl<T, K> kl::Queryable<T, K> for DialogueItem where … { … }
/// impl DialogueItem { pub fn partition … }
/// const _: () = kl::rules::check_member(<DialogueItem as kl::Collection>::SCHEMA, 1);
/// ```
pub(crate) fn expand_collection(collection: &Collection<'_>, mut words: Words) -> TokenStream {
    let kl = words.fresh("kl");
    let arms: Vec<_> = collection
        .members
        .iter()
        .enumerate()
        .filter_map(|(at, member)| {
            let (record, boxed) = member.record()?;
            Some(Arm { at, variant: member.ident, record, boxed })
        })
        .collect();
    let collection_impl = collection_impl(collection, &kl, &arms);
    let queryable = queryable(collection, &kl, &arms, &mut words);
    let partition = partition(collection, &kl, &arms, &mut words);
    let ident = collection.item.ident;
    let rules = arms.iter().skip(1).map(|Arm { at, record, .. }| {
        let (at, span) = (number(*at), at_type(record));
        let (kl, collection) = (word_at(&kl, span), word_at(ident, span));
        quote_spanned! {span=>
            const _: () = #kl::rules::check_member(<#collection as #kl::Collection>::SCHEMA, #at);
        }
    });
    let body = quote!(#collection_impl #queryable #partition #(#rules)*);
    scope(&collection.krate, &kl, &body)
}

/// ```text
/// impl kl::Collection for DialogueItem {
///     const SCHEMA: &'static kl::CollectionSchema =
///         &kl::CollectionSchema { name: "DialogueItem", members: &[<Dialogue as kl::Record>::SCHEMA, …] };
///     fn read_member(member: usize, from: &mut kl::Reader<'_>) -> kl::Result<Self> {
///         match member {
///             0 => kl::Ok(Self::Dialogue(<Dialogue as kl::Record>::read_fields(from)?)),
///             1 => kl::Ok(Self::Tension(kl::boxed(<Tension as kl::Record>::read_fields(from)?))),
///             _ => kl::no_member(member),
///         }
///     }
///     fn member(&self) -> (usize, &dyn kl::Fields) {
///         match self {
///             Self::Dialogue(record) => (0, <Dialogue as kl::Record>::as_fields(record)),
///             Self::Tension(record) => (1, <Tension as kl::Record>::as_fields(record)),
///         }
///     }
/// }
/// ```
fn collection_impl(collection: &Collection<'_>, kl: &Ident, arms: &[Arm<'_>]) -> TokenStream {
    let ident = collection.item.ident;
    let name = bare(ident);
    let schemas = arms.iter().map(|Arm { record, .. }| quote!(<#record as #kl::Record>::SCHEMA));
    // A type that is no record is one error at the type, because all that asks for one asks there
    // and alike.
    let trait_at = |span| {
        let kl = word_at(kl, span);
        quote_spanned!(span=> #kl::Record)
    };
    let reads = arms.iter().map(|Arm { at, variant, boxed, record }| {
        let (at, span) = (number(*at), at_type(record));
        let as_record = trait_at(span);
        let value = quote_spanned!(span=> <#record as #as_record>::read_fields(from)?);
        let value = if *boxed { quote!(#kl::boxed(#value)) } else { value };
        quote!(#at => #kl::Ok(Self::#variant(#value)))
    });
    let members = arms.iter().map(|Arm { at, variant, record, .. }| {
        let (at, span) = (number(*at), at_type(record));
        let as_record = trait_at(span);
        let fields = quote_spanned!(span=> <#record as #as_record>::as_fields(record));
        quote!(Self::#variant(record) => (#at, #fields))
    });
    quote! {
        #[automatically_derived]
        impl #kl::Collection for #ident {
            const SCHEMA: &'static #kl::CollectionSchema = &#kl::CollectionSchema {
                name: #name,
                members: &[#(#schemas),*],
            };
            fn read_member(member: usize, from: &mut #kl::Reader<'_>) -> #kl::Result<Self> {
                match member {
                    #(#reads,)*
                    _ => #kl::no_member(member),
                }
            }
            fn member(&self) -> (usize, &dyn #kl::Fields) {
                match self { #(#members,)* }
            }
        }
    }
}

/// ```text
/// impl<T, K> kl::Queryable<T, K> for DialogueItem
/// where Dialogue: kl::ListedIn<T> + kl::InScope<K>, Tension: kl::ListedIn<T> + kl::InScope<K>
/// {
///     const MEMBERS: &'static [kl::Member] =
///         &kl::order_members([(<Dialogue as kl::ListedIn<T>>::AT, <Dialogue as kl::Record>::SCHEMA), …]);
///     …
/// }
/// ```
fn queryable(
    collection: &Collection<'_>,
    kl: &Ident,
    arms: &[Arm<'_>],
    words: &mut Words,
) -> TokenStream {
    let ident = collection.item.ident;
    let (table, scope) = (words.fresh("T"), words.fresh("K"));
    let records: Vec<_> = arms.iter().map(|arm| arm.record).collect();
    quote! {
        #[automatically_derived]
        impl<#table, #scope> #kl::Queryable<#table, #scope> for #ident
        where
            #(#records: #kl::ListedIn<#table> + #kl::InScope<#scope>,)*
        {
            const MEMBERS: &'static [#kl::Member] = &#kl::order_members([
                #((<#records as #kl::ListedIn<#table>>::AT, <#records as #kl::Record>::SCHEMA)),*
            ]);
            fn read(member: usize, from: &mut #kl::Reader<'_>) -> #kl::Result<Self> {
                <Self as #kl::Collection>::read_member(member, from)
            }
            fn member(&self) -> (usize, &dyn #kl::Fields) {
                <Self as #kl::Collection>::member(self)
            }
        }
    }
}

/// ```text
/// impl DialogueItem {
///     /// Every record of one partition, in key order.
///     pub fn partition<P>(partition: P) -> kl::CollectionQuery<Self>
///     where P: kl::PartitionArg<<Dialogue as kl::Record>::Partition>
///     { kl::CollectionQuery::new(<Dialogue as kl::Record>::SCHEMA, partition) }
/// }
/// ```
fn partition(
    collection: &Collection<'_>,
    kl: &Ident,
    arms: &[Arm<'_>],
    words: &mut Words,
) -> TokenStream {
    let (ident, vis) = (collection.item.ident, visibility(&collection.item));
    let argument = words.fresh("P");
    let Some(first) = arms.first().map(|arm| arm.record) else {
        return TokenStream::new();
    };
    quote! {
        impl #ident {
            /// Every record of one partition, in key order.
            #vis fn partition<#argument>(partition: #argument) -> #kl::CollectionQuery<Self>
            where
                #argument: #kl::PartitionArg<<#first as #kl::Record>::Partition>,
            {
                #kl::CollectionQuery::new(<#first as #kl::Record>::SCHEMA, partition)
            }
        }
    }
}
