//! The expansion of `derive(Record)`.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::LitStr;
use syn::spanned::Spanned;

use super::{at_type, number, path, respan, scope, visibility, word_at};
use crate::ast::{self, Fallback, Role};
use crate::lower::{Component, Field, Fixed, Path, Place, Projection, Record, Unique};
use crate::names::ours;

/// ```text
/// const _: () = {
///     use ::keyloom::__private as kl;
///     impl kl::Record for Tension { … }
///     impl kl::Writable for Tension {}    // or kl::StreamRecord; kl::SoftDeleted, kl::Numbered besides
///     impl Tension { … }
///     pub struct TensionQuery …
/// };
/// ```
pub(crate) fn expand_record(record: &Record<'_>) -> TokenStream {
    let kl = &record.words.kl;
    let ident = record.ast.item.ident;
    let scope_type = scope_type(record);
    let partition_types = partition_types(record);
    let schema = schema(record);
    let write_field = write_field(record);
    let read_fields = read_fields(record);
    let stamp = stamp(record);
    let inherent = inherent(record, settable);
    let queries = path::queries(record);
    let facts = facts(record);
    let is_stream = record.ast.options.stream.is_given();
    let kind = if is_stream { quote!(StreamRecord) } else { quote!(Writable) };
    let is_soft = record.ast.role(Role::Deleted).is_some();
    let is_numbered = !is_stream && record.ast.role(Role::Sequence).is_some();
    let kinds = std::iter::once(kind)
        .chain(is_soft.then(|| quote!(SoftDeleted)))
        .chain(is_numbered.then(|| quote!(Numbered)));
    let body = quote! {
        #[automatically_derived]
        impl #kl::Record for #ident {
            type Scope = #scope_type;
            type Partition = (#(#partition_types,)*);
            const SCHEMA: &'static #kl::RecordSchema = &#schema;
            #write_field
            #read_fields
            #stamp
        }
        #(
            #[automatically_derived]
            impl #kl::#kinds for #ident {}
        )*
        #inherent
        #queries
        #facts
    };
    scope(&record.ast.options.krate, kl, &body)
}

/// `kl::OfTenant<ProjectId>`, or `kl::Global`.
pub(super) fn scope_type(record: &Record<'_>) -> TokenStream {
    let kl = &record.words.kl;
    let tenant = record.ast.role(Role::Tenant).map(|field| field.ty);
    tenant.map_or_else(|| quote!(#kl::Global), |ty| quote!(#kl::OfTenant<#ty>))
}

/// The types of the placeholders of the primary partition.
pub(super) fn partition_types<'a>(record: &'a Record<'_>) -> Vec<&'a syn::Type> {
    let components = record.primary().map(|path| path.partition.as_slice()).unwrap_or_default();
    Path::placeholders(components)
        .filter_map(|placeholder| record.field(placeholder))
        .map(|field| field.ty)
        .collect()
}

/// ```text
/// kl::record("Tension", &[…], kl::Roles::NONE.tenant(0), &[…], &[…], &[…])
/// ```
fn schema(record: &Record<'_>) -> TokenStream {
    let kl = &record.words.kl;
    let name = &record.name;
    let fields = record.fields.iter().filter_map(|field| field_schema(record, field));
    let roles = roles(record);
    let primary = record.primary().map(|path| layout(record, path));
    let indexes = record.paths.iter().filter_map(|path| index_schema(record, path));
    let uniques = record.uniques.iter().map(|unique| unique_schema(kl, unique));
    let indexes = indexes.chain(uniques);
    let sequence = sequence_schema(record);
    quote! {
        #kl::record(#name, &[#(#fields),*], #roles, #primary, &[#(#indexes),*]) #sequence
    }
}

/// ```text
/// kl::unique("seat", &[kl::slot(3), kl::slot(4)])
/// ```
fn unique_schema(kl: &Ident, unique: &Unique) -> TokenStream {
    let name = &unique.name;
    let fields = unique.fields.iter().map(|at| number(*at));
    quote!(#kl::unique(#name, &[#(#kl::slot(#fields)),*]))
}

/// ```text
/// .sequence(2, kl::numbers::<u64>(), &[kl::text("round"), kl::slot(1)])
/// .stream(2, kl::numbers::<u64>())
/// ```
fn sequence_schema(record: &Record<'_>) -> Option<TokenStream> {
    let at = number(record.role(Role::Sequence)?);
    let numbers = numbers(record, record.ast.role(Role::Sequence)?);
    if record.ast.options.stream.is_given() {
        return Some(quote!(.stream(#at, #numbers)));
    }
    let scope = record.scope.iter().flat_map(|(_, scope)| scope);
    let scope = scope.map(|component| self::component(record, component));
    Some(quote!(.sequence(#at, #numbers, &[#(#scope),*])))
}

/// ```text
/// kl::numbers::<u64>()
/// ```
fn numbers(record: &Record<'_>, field: &ast::Field<'_>) -> TokenStream {
    // A type that holds no number is one error at the type, because all that asks for one asks alike.
    let (ty, span) = (field.ty, at_type(field.ty));
    let kl = word_at(&record.words.kl, span);
    quote_spanned!(span=> #kl::numbers::<#ty>())
}

/// What the type of a field is asked by: one that stands in a key must be a key part, which
/// `.key::<T>()` says, and nothing else need be said of it.
fn probe(in_key: bool, span: Span) -> Ident {
    Ident::new(if in_key { "KeyProbe" } else { "Probe" }, span)
}

/// ```text
/// kl::field("note", <kl::Probe<String>>::STORAGE).stored("n").optional()
/// kl::key_field::<ProjectId>("project")
/// ```
fn field_schema(record: &Record<'_>, field: &Field<'_>) -> Option<TokenStream> {
    let Place::Stored { name, in_key, .. } = &field.place else {
        return None;
    };
    let (rust_name, ty) = (&field.ast.name, field.ast.inner.unwrap_or(field.ast.ty));
    let kl = &record.words.kl;
    let span = at_type(ty);
    let kl_there = word_at(kl, span);
    let stored = (name != rust_name).then(|| quote!(.stored(#name)));
    let optional = field.ast.inner.map(|_| quote!(.optional()));
    let default = field.ast.options.default.get().map(|_| quote!(.default()));
    let schema = if *in_key {
        // A type that is no key part is an error at the type.
        let function = quote_spanned!(span=> key_field::<#ty>);
        quote!(#kl_there::#function(#rust_name))
    } else {
        let storage = quote_spanned!(span=> <#kl_there::Probe<#ty>>::STORAGE);
        quote!(#kl::field(#rust_name, #storage))
    };
    Some(quote!(#schema #stored #optional #default))
}

/// ```text
/// kl::Roles::NONE.tenant(0).revision(5)
/// ```
fn roles(record: &Record<'_>) -> TokenStream {
    let kl = &record.words.kl;
    let roles = [
        (Role::Tenant, quote!(tenant)),
        (Role::Revision, quote!(revision)),
        (Role::Created, quote!(created)),
        (Role::Updated, quote!(updated)),
        (Role::Expires, quote!(expires)),
        (Role::Deleted, quote!(deleted)),
    ];
    let given = roles
        .iter()
        .filter_map(|(role, name)| record.role(*role).map(|at| (name, number(at))))
        .map(|(name, at)| quote!(.#name(#at)));
    quote!(#kl::Roles::NONE #(#given)*)
}

/// ```text
/// &[kl::text("dialogue"), kl::slot(1)], &[kl::slot(2).prefix("v").width(8)]
/// ```
fn layout(record: &Record<'_>, path: &Path) -> TokenStream {
    let partition = path.partition.iter().map(|component| self::component(record, component));
    let sort = path.sort.iter().map(|component| self::component(record, component));
    quote!(&[#(#partition),*], &[#(#sort),*])
}

fn component(record: &Record<'_>, component: &Component) -> TokenStream {
    let kl = &record.words.kl;
    let literal = &component.literal;
    let Some(placeholder) = &component.placeholder else {
        return quote!(#kl::text(#literal));
    };
    let at = number(placeholder.at);
    let width = placeholder.width.map(|width| number(usize::from(width)));
    let width = width.map(|width| quote!(.width(#width)));
    let norm = placeholder.norm.then(|| quote!(.norm()));
    let prefix = (!literal.is_empty()).then(|| quote!(.prefix(#literal)));
    quote!(#kl::slot(#at) #prefix #width #norm)
}

/// ```text
/// kl::index("by_status", 1).on(&[…], &[…]).unique().include(&[4, 5])
/// ```
fn index_schema(record: &Record<'_>, path: &Path) -> Option<TokenStream> {
    let kl = &record.words.kl;
    let index = path.index.as_ref()?;
    let (name, slot) = (&index.name, number(usize::from(index.slot)));
    let layout = layout(record, path);
    let unique = index.unique.then(|| quote!(.unique()));
    let projection = match &index.projection {
        Projection::All => None,
        Projection::Keys => Some(quote!(.keys())),
        Projection::Include(fields) => {
            let fields = fields.iter().map(|at| number(*at));
            Some(quote!(.include(&[#(#fields),*])))
        }
    };
    Some(quote!(#kl::index(#name, #slot).on(#layout) #unique #projection))
}

/// ```text
/// fn write_field(&self, at: usize, to: &mut dyn kl::FieldSink) -> kl::Written {
///     match at {
///         4 => <kl::Probe<String>>::access().write_option(&self.note, to),
///         _ => kl::no_field(at),
///     }
/// }
/// ```
fn write_field(record: &Record<'_>) -> TokenStream {
    let kl = &record.words.kl;
    let arms = record.fields.iter().filter_map(|field| {
        let at = number(field.at()?);
        let call = write(kl, field, |span| {
            let ident = word_at(field.ast.ident, span);
            quote_spanned!(span=> &self.#ident)
        });
        Some(quote!(#at => #call))
    });
    quote! {
        fn write_field(&self, at: usize, to: &mut dyn #kl::FieldSink) -> #kl::Written {
            match at {
                #(#arms,)*
                _ => #kl::no_field(at),
            }
        }
    }
}

/// ```text
/// <kl::Probe<String>>::access().write_option(value, to)
/// ```
fn write(kl: &Ident, field: &Field<'_>, value: impl Fn(Span) -> TokenStream) -> TokenStream {
    let (ty, write) = match field.ast.inner {
        Some(inner) => (inner, quote!(write_option)),
        None => (field.ast.ty, quote!(write)),
    };
    let in_key = matches!(field.place, Place::Stored { in_key: true, .. });
    // A type that cannot be stored is an error at the type, so the whole call stands there.
    let span = at_type(ty);
    let kl = word_at(kl, span);
    let (write, probe, value) = (respan(write, span), probe(in_key, span), value(span));
    quote_spanned!(span=> <#kl::#probe<#ty>>::access().#write(#value, to))
}

/// ```text
/// fn read_fields(from: &mut kl::Reader<'_>) -> kl::Result<Self> {
///     kl::Ok(Self {
///         project: <kl::KeyProbe<ProjectId>>::access().read(from, 0, kl::None)?,
///         hits: <kl::Probe<u32>>::access().read(from, 5, kl::Some(kl::default::<u32>))?,
///         cache: kl::default::<Cache>(),
///     })
/// }
/// ```
fn read_fields(record: &Record<'_>) -> TokenStream {
    let kl = &record.words.kl;
    let fields = record.fields.iter().map(|field| {
        let (ident, ty) = (field.ast.ident, field.ast.inner.unwrap_or(field.ast.ty));
        let span = at_type(ty);
        let kl = word_at(kl, span);
        let Place::Stored { at, in_key, .. } = &field.place else {
            let ty = field.ast.ty;
            let value = quote_spanned!(span=> #kl::default::<#ty>());
            return quote!(#ident: #value);
        };
        let at = respan(number(*at).into_token_stream(), span);
        let read = if field.ast.inner.is_some() { quote!(read_option) } else { quote!(read) };
        let read = respan(read, span);
        let absent = match field.ast.options.default.get() {
            None => quote_spanned!(span=> #kl::None),
            Some(Fallback::Trait) => quote_spanned!(span=> #kl::Some(#kl::default::<#ty>)),
            Some(Fallback::Path(path)) => {
                // A function of another type is an error at its name.
                let span = ours(path.span());
                let kl = word_at(&kl, span);
                quote_spanned!(span=> #kl::fallback::<#ty>(#path))
            }
        };
        let probe = probe(*in_key, span);
        let value = quote_spanned!(span=> <#kl::#probe<#ty>>::access().#read(from, #at, #absent)?);
        quote!(#ident: #value)
    });
    quote! {
        fn read_fields(from: &mut #kl::Reader<'_>) -> #kl::Result<Self> {
            #kl::Ok(Self { #(#fields),* })
        }
    }
}

/// ```text
/// fn stamp(&mut self, stamps: &kl::Stamps) {
///     kl::stamp_revision(&mut self.revision, stamps);
///     kl::numbers::<u64>().stamp(&mut self.number, stamps);
/// }
/// ```
fn stamp(record: &Record<'_>) -> TokenStream {
    let kl = &record.words.kl;
    let stamps = [
        (Role::Revision, quote!(stamp_revision)),
        (Role::Created, quote!(stamp_created)),
        (Role::Updated, quote!(stamp_updated)),
    ];
    let calls: Vec<_> = stamps
        .iter()
        .filter_map(|(role, function)| {
            let field = record.ast.role(*role)?;
            // All of it at the type, which is what is wrong where this does not compile.
            let span = at_type(field.ty);
            let (kl, ident) = (word_at(kl, span), word_at(field.ident, span));
            let function = respan(function.clone(), span);
            Some(quote_spanned!(span=> #kl::#function(&mut self.#ident, stamps);))
        })
        .chain(record.ast.role(Role::Sequence).map(|field| {
            let (ident, numbers) = (field.ident, numbers(record, field));
            quote!(#numbers.stamp(&mut self.#ident, stamps);)
        }))
        .collect();
    let stamps = if calls.is_empty() { quote!(_) } else { quote!(stamps) };
    quote! {
        fn stamp(&mut self, #stamps: &#kl::Stamps) {
            #(#calls)*
        }
    }
}

/// ```text
/// impl Tension {
///     pub fn key(dialogue: impl kl::Arg<String>, …) -> kl::Key<Self> { … }
///     pub fn partition(…) -> TensionQuery<0> { … }
///     pub const TITLE: kl::Field<Self, String> = kl::token(4).settable(…);
/// }
/// ```
///
/// `settable` makes a token that an update sets.
pub(super) fn inherent(
    record: &Record<'_>,
    settable: fn(&Ident, &Field<'_>, &Literal) -> TokenStream,
) -> TokenStream {
    let ident = record.ast.item.ident;
    let key = record.primary().map(|primary| path::key(record, primary));
    let stream = record.primary().and_then(|primary| path::stream(record, primary));
    let paths = record.paths.iter().map(|path| path::entry(record, path));
    let tokens = record.fields.iter().filter_map(|field| field_token(record, field, settable));
    quote! {
        impl #ident {
            #key
            #stream
            #(#paths)*
            #(#tokens)*
        }
    }
}

/// ```text
/// /// The field `title`.
/// pub const TITLE: kl::Field<Self, String> = kl::token(4).settable(…);
/// /// The field `id`.
/// pub const ID: kl::Field<Self, u32, kl::InKey> = kl::token(2);
/// ```
fn field_token(
    record: &Record<'_>,
    field: &Field<'_>,
    settable: fn(&Ident, &Field<'_>, &Literal) -> TokenStream,
) -> Option<TokenStream> {
    let Place::Stored { at, token: Some(token), fixed, .. } = &field.place else {
        return None;
    };
    let kl = &record.words.kl;
    let (vis, ty) = (visibility(&record.ast.item), field.ast.ty);
    let at = number(*at);
    let doc = format!("The field `{}`.", field.ast.name);
    let marker = fixed.map(|fixed| match fixed {
        Fixed::InKey => quote!(InKey),
        Fixed::Tenant => quote!(IsTenant),
        Fixed::Revision => quote!(IsRevision),
        Fixed::Stamp => quote!(IsStamp),
        Fixed::Mark => quote!(IsMark),
    });
    let value = match marker {
        Some(_) => quote!(#kl::token(#at)),
        None => settable(kl, field, &at),
    };
    let marker = marker.map(|marker| quote!(, #kl::#marker));
    Some(quote! {
        #[doc = #doc]
        #vis const #token: #kl::Field<Self, #ty #marker> = #value;
    })
}

/// ```text
/// kl::token(4).settable(|value, to| <kl::Probe<String>>::access().write(value, to))
/// ```
fn settable(kl: &Ident, field: &Field<'_>, at: &Literal) -> TokenStream {
    let write = write(kl, field, |_| quote!(value));
    quote!(#kl::token(#at).settable(|value, to| #write))
}

/// ```text
/// const _: () = kl::assert_expires::<Timestamp>();
/// const _: () = kl::rules::check_sort(<Tension as kl::Record>::SCHEMA, kl::Path::Primary);
/// const _: () = kl::rules::check_scope(<Tension as kl::Record>::SCHEMA);
/// ```
fn facts(record: &Record<'_>) -> TokenStream {
    let roles = [(Role::Expires, quote!(assert_expires)), (Role::Deleted, quote!(assert_deleted))];
    let roles = roles.into_iter().filter_map(|(role, assert)| {
        let ty = record.ast.role(role)?.ty;
        let span = at_type(ty);
        let (kl, assert) = (word_at(&record.words.kl, span), respan(assert, span));
        Some(quote_spanned!(span=> const _: () = #kl::#assert::<#ty>();))
    });
    let templates = record.paths.iter().flat_map(|path| {
        let (partition, sort) = &path.templates;
        let at = |span: Span| Some(path::which(&word_at(&record.words.kl, span), path, span));
        [
            Path::has_formats(&path.partition)
                .then(|| format(record, partition, quote!(check_partition), at)),
            sort.as_ref()
                .filter(|_| Path::has_formats(&path.sort))
                .map(|template| format(record, template, quote!(check_sort), at)),
        ]
    });
    let scope = record.scope.as_ref().filter(|(_, scope)| Path::has_formats(scope));
    let scope = scope.map(|(template, _)| format(record, template, quote!(check_scope), |_| None));
    let templates = templates.flatten().chain(scope);
    quote!(#(#roles)* #(#templates)*)
}

/// ```text
/// const _: () = kl::rules::check_sort(<Tension as kl::Record>::SCHEMA, kl::Path::Primary);
/// ```
fn format(
    record: &Record<'_>,
    template: &LitStr,
    check: TokenStream,
    path: impl Fn(Span) -> Option<TokenStream>,
) -> TokenStream {
    // A width or a `norm` that does not fit its field is an error at the template.
    let span = ours(template.span());
    let (kl, ident) = (word_at(&record.words.kl, span), word_at(record.ast.item.ident, span));
    let (check, path) = (respan(check, span), path(span));
    let path = path.map(|path| quote_spanned!(span=> , #path));
    quote_spanned!(span=> const _: () = #kl::rules::#check(<#ident as #kl::Record>::SCHEMA #path);)
}
