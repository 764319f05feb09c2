//! The expansion of `derive(KeyPart)`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::{at_type, respan, scope};
use crate::ast::{KeyPart, KeyPartKind, Variant, is_spelled};
use crate::lower::tag;
use crate::names::Words;

pub(crate) fn expand_key_part(part: &KeyPart<'_>, mut words: Words) -> TokenStream {
    let kl = words.fresh("kl");
    let body = match &part.kind {
        KeyPartKind::Newtype { field, ty } => expand_newtype(part, &kl, *field, ty),
        KeyPartKind::Enum(variants) => expand_enum(part, &kl, variants, &mut words),
        KeyPartKind::Other => TokenStream::new(),
    };
    scope(&part.options.krate, &kl, &body)
}

/// ```text
/// impl kl::Scalar for ProjectId {
///     const STORAGE: kl::Storage = <String as kl::Scalar>::STORAGE;
///     fn write(&self, to: &mut dyn kl::FieldSink) -> kl::Written { <String as kl::Scalar>::write(&self.0, to) }
///     fn read(value: kl::Value<'_>) -> kl::Outcome<Self> { kl::Ok(Self(<String as kl::Scalar>::read(value)?)) }
/// }
/// impl kl::KeyPart for ProjectId {
///     const KIND: kl::KeyKind = <String as kl::KeyPart>::KIND;
///     type Shape = <String as kl::KeyPart>::Shape;
/// }
/// ```
fn expand_newtype(part: &KeyPart<'_>, kl: &Ident, field: Option<&Ident>, ty: &Type) -> TokenStream {
    let ident = part.item.ident;
    // A type that is no key part is one error at the type, so all that asks for it stands there.
    let span = at_type(ty);
    let inner = respan(quote!(#ty), span);
    let storage = quote_spanned!(span=> <#inner as #kl::Scalar>::STORAGE);
    let kind = quote_spanned!(span=> <#inner as #kl::KeyPart>::KIND);
    let shape = quote_spanned!(span=> <#inner as #kl::KeyPart>::Shape);
    let member = member(field, span);
    let write = quote_spanned!(span=> <#inner as #kl::Scalar>::write(&self.#member, to));
    let read = quote_spanned!(span=> <#inner as #kl::Scalar>::read(value)?);
    let build = build(field, &read);
    let conversions = conversions(part, kl, field, ty);
    quote! {
        #[automatically_derived]
        impl #kl::Scalar for #ident {
            const STORAGE: #kl::Storage = #storage;
            fn write(&self, to: &mut dyn #kl::FieldSink) -> #kl::Written {
                #write
            }
            fn read(value: #kl::Value<'_>) -> #kl::Outcome<Self> {
                #kl::Ok(#build)
            }
        }
        #[automatically_derived]
        impl #kl::KeyPart for #ident {
            const KIND: #kl::KeyKind = #kind;
            type Shape = #shape;
        }
        #conversions
    }
}

fn member(field: Option<&Ident>, span: Span) -> TokenStream {
    respan(field.map_or_else(|| quote!(0), |name| quote!(#name)), span)
}

/// `Self(value)`, or `Self { name: value }`.
fn build(field: Option<&Ident>, value: &TokenStream) -> TokenStream {
    field.map_or_else(|| quote!(Self(#value)), |name| quote!(Self { #name: #value }))
}

/// ```text
/// impl kl::From<String> for ProjectId { … }
/// impl<'a> kl::From<&'a str> for ProjectId { … }
/// ```
fn conversions(part: &KeyPart<'_>, kl: &Ident, field: Option<&Ident>, ty: &Type) -> TokenStream {
    if part.options.no_from.is_given() {
        return TokenStream::new();
    }
    let ident = part.item.ident;
    let whole = build(field, &quote!(value));
    let from_inner = quote! {
        #[automatically_derived]
        impl #kl::From<#ty> for #ident {
            fn from(value: #ty) -> Self {
                #whole
            }
        }
    };
    let from_text = is_spelled(ty, "String").then(|| {
        let owned = build(field, &quote!(#kl::From::from(value)));
        quote! {
            #[automatically_derived]
            impl<'a> #kl::From<&'a str> for #ident {
                fn from(value: &'a str) -> Self {
                    #owned
                }
            }
        }
    });
    quote!(#from_inner #from_text)
}

/// ```text
/// const TAGS: &[&str] = &["Open", "Addressed"];
/// impl kl::Scalar for Status {
///     const STORAGE: kl::Storage = kl::Storage::Text;
///     fn write(&self, to: &mut dyn kl::FieldSink) -> kl::Written {
///         to.text(match self { Self::Open => "Open", Self::Addressed => "Addressed" })
///     }
///     fn read(value: kl::Value<'_>) -> kl::Outcome<Self> {
///         match &value {
///             kl::Value::Text(tag) if *tag == "Open" => kl::Ok(Self::Open),
///             kl::Value::Text(tag) if *tag == "Addressed" => kl::Ok(Self::Addressed),
///             _ => kl::unknown_tag(&value, TAGS),
///         }
///     }
/// }
/// impl kl::KeyPart for Status {
///     const KIND: kl::KeyKind = kl::KeyKind::Words(TAGS);
///     type Shape = kl::Sized;
/// }
/// ```
fn expand_enum(
    part: &KeyPart<'_>,
    kl: &Ident,
    variants: &[Variant<'_>],
    words: &mut Words,
) -> TokenStream {
    let ident = part.item.ident;
    let tags_name = words.fresh("TAGS");
    let tags: Vec<_> = variants.iter().map(|variant| tag(part, variant)).collect();
    let names: Vec<_> = variants.iter().map(|variant| variant.ident).collect();
    quote! {
        const #tags_name: &[&str] = &[#(#tags),*];
        #[automatically_derived]
        impl #kl::Scalar for #ident {
            const STORAGE: #kl::Storage = #kl::Storage::Text;
            fn write(&self, to: &mut dyn #kl::FieldSink) -> #kl::Written {
                to.text(match self { #(Self::#names => #tags,)* })
            }
            fn read(value: #kl::Value<'_>) -> #kl::Outcome<Self> {
                match &value {
                    #(#kl::Value::Text(tag) if *tag == #tags => #kl::Ok(Self::#names),)*
                    _ => #kl::unknown_tag(&value, #tags_name),
                }
            }
        }
        #[automatically_derived]
        impl #kl::KeyPart for #ident {
            const KIND: #kl::KeyKind = #kl::KeyKind::Words(#tags_name);
            type Shape = #kl::Sized;
        }
    }
}
