//! Holds what the attributes and the item say, as written: nothing here is checked or resolved.

use std::fmt;

use proc_macro2::Span;
use syn::{Generics, Ident, LitStr, Path, Type, Visibility};

use crate::symbol;
use crate::template::Template;

/// An option that was written at most once.
pub(crate) struct Setting<T> {
    /// Where its key stands, even if its value could not be read.
    pub(crate) key: Option<Span>,
    /// Its value, where that could be read.
    pub(crate) value: Option<T>,
}

impl<T> Default for Setting<T> {
    fn default() -> Self {
        Self { key: None, value: None }
    }
}

impl<T> Setting<T> {
    pub(crate) fn is_given(&self) -> bool {
        self.key.is_some()
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }
}

/// A name that the user wrote, or that follows from an identifier.
#[derive(Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// What every derive sees of its item.
pub(crate) struct Item<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
}

/// A struct with `derive(Record)`.
pub(crate) struct Record<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) options: RecordOptions,
    pub(crate) fields: Vec<Field<'a>>,
    /// Whether it is a struct with named fields.
    pub(crate) is_struct: bool,
}

/// The options of `#[record(…)]` on a struct.
#[derive(Default)]
pub(crate) struct RecordOptions {
    pub(crate) krate: Setting<Path>,
    pub(crate) name: Setting<LitStr>,
    pub(crate) partition: Setting<Template>,
    pub(crate) sort: Setting<Template>,
    pub(crate) global: Setting<()>,
    pub(crate) names: Setting<()>,
    pub(crate) key_method: Setting<Ident>,
    pub(crate) partition_method: Setting<Ident>,
    pub(crate) stream: Setting<()>,
    pub(crate) stream_method: Setting<Ident>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) uniques: Vec<Unique>,
}

/// One `index(…)`.
pub(crate) struct Index {
    /// Its name; nothing where that could not be read.
    pub(crate) name: Option<Ident>,
    pub(crate) span: Span,
    pub(crate) partition: Setting<Template>,
    pub(crate) sort: Setting<Template>,
    pub(crate) unique: Setting<()>,
    pub(crate) slot: Setting<(u8, Span)>,
    pub(crate) method: Setting<Ident>,
    pub(crate) projection: Setting<Projection>,
}

/// One `unique(…)`.
pub(crate) struct Unique {
    pub(crate) name: Ident,
    pub(crate) fields: Vec<Ident>,
}

/// Which fields an index holds on an engine that copies them into it.
pub(crate) enum Projection {
    All,
    Keys,
    /// These fields, besides those that every index holds.
    Include(Vec<Ident>),
}

/// A field of a record.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    /// The identifier without `r#`.
    pub(crate) name: String,
    pub(crate) ty: &'a Type,
    /// The type inside `Option<…>`.
    pub(crate) inner: Option<&'a Type>,
    pub(crate) options: FieldOptions,
}

/// The options of `#[record(…)]` on a field.
#[derive(Default)]
pub(crate) struct FieldOptions {
    /// All roles written, in order; a field should have one.
    pub(crate) roles: Vec<(Role, Span)>,
    /// The scope of the numbers that its sequence gives.
    pub(crate) scope: Setting<Template>,
    pub(crate) unique: Setting<()>,
    pub(crate) rename: Setting<LitStr>,
    pub(crate) token: Setting<Ident>,
    pub(crate) default: Setting<Fallback>,
    pub(crate) skip: Setting<()>,
}

/// What a field becomes when nothing is stored for it.
pub(crate) enum Fallback {
    Trait,
    Path(Path),
}

/// What keyloom does with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Tenant,
    Revision,
    Created,
    Updated,
    Expires,
    Deleted,
    Sequence,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tenant => symbol::TENANT,
            Self::Revision => symbol::REVISION,
            Self::Created => symbol::CREATED,
            Self::Updated => symbol::UPDATED,
            Self::Expires => symbol::EXPIRES,
            Self::Deleted => symbol::DELETED,
            Self::Sequence => symbol::SEQUENCE,
        })
    }
}

impl Field<'_> {
    pub(crate) fn has(&self, role: Role) -> bool {
        self.role_span(role).is_some()
    }

    /// Where it is marked with the role.
    pub(crate) fn role_span(&self, role: Role) -> Option<Span> {
        let mut roles = self.options.roles.iter();
        roles.find(|(given, _)| *given == role).map(|(_, span)| *span)
    }

    pub(crate) fn is_skipped(&self) -> bool {
        self.options.skip.is_given()
    }

    /// The name it is stored under.
    pub(crate) fn stored(&self) -> Name {
        match self.options.rename.get() {
            Some(rename) => Name { text: rename.value(), span: rename.span() },
            None => Name { text: self.name.clone(), span: self.ident.span() },
        }
    }

    /// The name of its constant.
    pub(crate) fn token(&self) -> Name {
        match self.options.token.get() {
            Some(token) => Name { text: token.to_string(), span: token.span() },
            None => Name { text: self.name.to_uppercase(), span: self.ident.span() },
        }
    }
}

impl Record<'_> {
    pub(crate) fn name(&self) -> Name {
        name_of(self.item.ident, &self.options.name)
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field<'_>> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The first field with a role.
    pub(crate) fn role(&self, role: Role) -> Option<&Field<'_>> {
        self.fields.iter().find(|field| field.has(role))
    }
}

/// A type with `derive(KeyPart)`.
pub(crate) struct KeyPart<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) options: KeyPartOptions,
    pub(crate) kind: KeyPartKind<'a>,
}

/// The options of `#[key_part(…)]` on a type.
#[derive(Default)]
pub(crate) struct KeyPartOptions {
    pub(crate) krate: Setting<Path>,
    pub(crate) rename_all: Setting<LitStr>,
    pub(crate) no_from: Setting<()>,
    pub(crate) text: Setting<()>,
}

/// What `derive(KeyPart)` was put on.
pub(crate) enum KeyPartKind<'a> {
    Newtype {
        /// The field's name; nothing where it is unnamed.
        field: Option<&'a Ident>,
        ty: &'a Type,
    },
    Enum(Vec<Variant<'a>>),
    /// A type of any form that is written as its text; its variants, if it is an enum.
    Text(Vec<Variant<'a>>),
    /// Something that cannot be a key part; the mistake is already reported.
    Other,
}

/// A variant of an enum with `derive(KeyPart)`.
pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) fields: &'a syn::Fields,
    pub(crate) rename: Setting<LitStr>,
}

/// A struct with `derive(Table)`.
pub(crate) struct Table<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) data: &'a syn::Data,
    pub(crate) options: TableOptions,
}

/// The options of `#[table(…)]`.
#[derive(Default)]
pub(crate) struct TableOptions {
    pub(crate) krate: Setting<Path>,
    pub(crate) name: Setting<LitStr>,
    pub(crate) tenant: Setting<Type>,
    pub(crate) records: Setting<Vec<Type>>,
}

/// An enum with `derive(Collection)`.
pub(crate) struct Collection<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) krate: Setting<Path>,
    pub(crate) members: Vec<Member<'a>>,
    /// Whether it is an enum.
    pub(crate) is_enum: bool,
}

/// A variant of a collection.
pub(crate) struct Member<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) fields: &'a syn::Fields,
}

impl Member<'_> {
    /// The record of a variant with exactly one unnamed field, and whether it is boxed.
    pub(crate) fn record(&self) -> Option<(&Type, bool)> {
        let syn::Fields::Unnamed(fields) = self.fields else {
            return None;
        };
        let mut fields = fields.unnamed.iter();
        let (first, None) = (fields.next()?, fields.next()) else {
            return None;
        };
        Some(match argument_of(&first.ty, "Box") {
            Some(record) => (record, true),
            None => (&first.ty, false),
        })
    }
}

/// The explicit name, or the identifier.
fn name_of(ident: &Ident, name: &Setting<LitStr>) -> Name {
    match name.get() {
        Some(name) => Name { text: name.value(), span: name.span() },
        None => Name { text: bare(ident), span: ident.span() },
    }
}

/// An identifier without `r#`.
pub(crate) fn bare(ident: &Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map(str::to_owned).unwrap_or(text)
}

/// The type without the parentheses and invisible groups around it, which macros leave behind.
pub(crate) fn ungrouped(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}

/// The `T` of a type that is spelled `wrapper<T>`.
pub(crate) fn argument_of<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let Type::Path(path) = ungrouped(ty) else {
        return None;
    };
    let last = path.path.segments.last().filter(|last| last.ident == wrapper)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    let mut arguments = arguments.args.iter();
    match (arguments.next(), arguments.next()) {
        (Some(syn::GenericArgument::Type(ty)), None) => Some(ty),
        _ => None,
    }
}

/// Whether the type is spelled `name`, with whatever arguments.
pub(crate) fn is_a(ty: &Type, name: &str) -> bool {
    matches!(ungrouped(ty), Type::Path(path) if path
        .path
        .segments
        .last()
        .is_some_and(|last| last.ident == name))
}

/// Whether the type is spelled `name`, without arguments.
pub(crate) fn is_spelled(ty: &Type, name: &str) -> bool {
    matches!(ungrouped(ty), Type::Path(path) if path
        .path
        .segments
        .last()
        .is_some_and(|last| last.ident == name && last.arguments.is_none()))
}
