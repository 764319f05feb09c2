//! The expansion of `derive(KeyPart)`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::{respan, scope, word_at};
use crate::ast::{KeyPart, KeyPartKind, Variant, bare, is_spelled};
use crate::lower::tag;
use crate::names::{Words, ours};

pub(crate) fn expand_key_part(part: &KeyPart<'_>, mut words: Words) -> TokenStream {
    let kl = words.fresh("kl");
    let body = match &part.kind {
        KeyPartKind::Newtype { field, ty } => expand_newtype(part, &kl, *field, ty),
        KeyPartKind::Enum(variants) => expand_enum(part, &kl, variants, &mut words),
        KeyPartKind::Text(_) => expand_text(part, &kl),
        KeyPartKind::Other => TokenStream::new(),
    };
    scope(&part.options.krate, &kl, &body)
}

/// ```text
/// impl kl::Scalar for ProjectId {
///     const STORAGE: kl::Storage = <kl::KeyProbe<String>>::STORAGE;
///     fn write(&self, to: &mut dyn kl::FieldSink) -> kl::Written { <kl::KeyProbe<String>>::access().write(&self.0, to) }
///     fn read(value: kl::Value<'_>) -> kl::Outcome<Self> { kl::Ok(Self(<kl::KeyProbe<String>>::access().read_value(value)?)) }
/// }
/// impl kl::KeyPart for ProjectId {
///     const KIND: kl::KeyKind = <String as kl::KeyPart>::KIND;
///     type Shape = <String as kl::KeyPart>::Shape;
/// }
/// ```
fn expand_newtype(part: &KeyPart<'_>, kl: &Ident, field: Option<&Ident>, ty: &Type) -> TokenStream {
    let ident = part.item.ident;
    // What asks for a key part has one span, that of the type, so that the compiler shows one error.
    let (first, last) = (ty.span(), end_of_type(ty));
    let open = quote_spanned!(first=> <);
    let kl_last = word_at(kl, last);
    let kind = quote_spanned!(last=> #open #ty as #kl_last::KeyPart>::KIND);
    let shape = quote_spanned!(last=> #open #ty as #kl_last::KeyPart>::Shape);
    // That it is stored at all is not asked here, so that it is not said too.
    let last = ours(last);
    let storage = quote_spanned!(last=> #open #kl_last::KeyProbe<#ty>>::STORAGE);
    let member = member(field, last);
    let access = quote_spanned!(last=> #open #kl_last::KeyProbe<#ty>>::access());
    let write = quote_spanned!(last=> #access.write(&self.#member, to));
    let read = quote_spanned!(last=> #access.read_value(value)?);
    let build = build(field, &read);
    let conversions = conversions(part, kl, field, ty);
    quote! {
        #[allow(unused_imports)]
        use #kl::NoKeyProbe as _;
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
        // Its spans are the user's, and so would be the lint.
        #[allow(unused_qualifications)]
        #[automatically_derived]
        impl #kl::KeyPart for #ident {
            const KIND: #kl::KeyKind = #kind;
            type Shape = #shape;
        }
        #conversions
    }
}

/// Where the last token of a type stands.
fn end_of_type(ty: &Type) -> Span {
    let last = ty.to_token_stream().into_iter().last();
    last.map_or_else(|| ty.span(), |token| token.span())
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

/// ```text
/// impl kl::Scalar for EntityId {
///     const STORAGE: kl::Storage = kl::Storage::Text;
///     fn write(&self, to: &mut dyn kl::FieldSink) -> kl::Written { kl::write_display(self, to) }
///     fn read(value: kl::Value<'_>) -> kl::Outcome<Self> { kl::read_parsed(&value, "EntityId") }
/// }
/// impl kl::KeyPart for EntityId {
///     const KIND: kl::KeyKind = kl::KeyKind::Text;
///     type Shape = kl::Sized;
/// }
/// ```
fn expand_text(part: &KeyPart<'_>, kl: &Ident) -> TokenStream {
    let ident = part.item.ident;
    let name = bare(ident);
    // What the type lacks is said at its name.
    let span = ours(ident.span());
    let kl_here = word_at(kl, span);
    let write = quote_spanned!(span=> #kl_here::write_display(self, to));
    let read = quote_spanned!(span=> #kl_here::read_parsed(&value, #name));
    quote! {
        #[automatically_derived]
        impl #kl::Scalar for #ident {
            const STORAGE: #kl::Storage = #kl::Storage::Text;
            fn write(&self, to: &mut dyn #kl::FieldSink) -> #kl::Written {
                #write
            }
            fn read(value: #kl::Value<'_>) -> #kl::Outcome<Self> {
                #read
            }
        }
        #[automatically_derived]
        impl #kl::KeyPart for #ident {
            const KIND: #kl::KeyKind = #kl::KeyKind::Text;
            type Shape = #kl::Sized;
        }
    }
}
