//! Resolves names to positions, and decides every name that the expansion uses.
//!
//! It runs on refused input too: what cannot be resolved is left out, without a message, because
//! [`check`](crate::check) has spoken of it.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{LitStr, Type};

use crate::ast::{self, Name, Role, Setting, bare};
use crate::case::{Rule, snake};
use crate::check::MAX_SLOTS;
use crate::names::{Words, identifier, ours};
use crate::suggest::nearest;
use crate::symbol;
use crate::template::Template;

/// A record whose names are resolved.
pub(crate) struct Record<'a> {
    pub(crate) ast: &'a ast::Record<'a>,
    pub(crate) words: RecordWords,
    pub(crate) name: String,
    /// All fields, in the order of the struct.
    pub(crate) fields: Vec<Field<'a>>,
    pub(crate) key_method: Ident,
    /// The function that names a stream; nothing where the record is none.
    pub(crate) stream_method: Option<Ident>,
    /// The paths whose templates could be read, the primary key first.
    pub(crate) paths: Vec<Path>,
    pub(crate) uniques: Vec<Unique>,
    /// The template of the scope of its numbers, and its components.
    pub(crate) scope: Option<(LitStr, Vec<Component>)>,
}

/// A unique constraint that is no path.
pub(crate) struct Unique {
    pub(crate) name: String,
    /// The positions of its fields in the schema.
    pub(crate) fields: Vec<usize>,
}

/// Names that the expansion of a record makes up.
pub(crate) struct RecordWords {
    /// The module of everything that the expansion calls.
    pub(crate) kl: Ident,
    /// The type parameter for what a path's argument is.
    pub(crate) marker: Ident,
    /// The type parameter for how far a path's query is.
    pub(crate) position: Ident,
    /// The parameter for which path a query is of.
    pub(crate) path: Ident,
    /// The type of the record's queries.
    pub(crate) query: Ident,
}

/// A field of a record.
pub(crate) struct Field<'a> {
    pub(crate) ast: &'a ast::Field<'a>,
    pub(crate) place: Place,
}

/// Whether a field is stored.
pub(crate) enum Place {
    Stored {
        /// Its position in the schema.
        at: usize,
        name: String,
        /// Its constant.
        token: Option<Ident>,
        /// Whether it is written in a key.
        in_key: bool,
        /// Why no update sets it.
        fixed: Option<Fixed>,
    },
    Skipped,
}

/// Why no update sets a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fixed {
    /// It stands in the primary key, or is the number that says which record it is.
    InKey,
    Tenant,
    Revision,
    Stamp,
    Mark,
}

/// The primary key, or an index.
pub(crate) struct Path {
    /// The index; nothing for the primary key.
    pub(crate) index: Option<PathIndex>,
    pub(crate) method: Ident,
    pub(crate) partition: Vec<Component>,
    /// The components of the sort template, or of what stands for it.
    pub(crate) sort: Vec<Component>,
    /// The templates as they were written.
    pub(crate) templates: (LitStr, Option<LitStr>),
}

/// What an index has besides its templates.
pub(crate) struct PathIndex {
    pub(crate) at: usize,
    pub(crate) name: String,
    pub(crate) unique: bool,
    pub(crate) slot: u8,
    pub(crate) projection: Projection,
}

/// Which fields an index holds on an engine that copies them into it.
pub(crate) enum Projection {
    All,
    Keys,
    /// Those at these positions too.
    Include(Vec<usize>),
}

/// A component of a template.
pub(crate) struct Component {
    pub(crate) literal: String,
    pub(crate) placeholder: Option<Placeholder>,
}

/// A placeholder of a template.
pub(crate) struct Placeholder {
    /// The field's place among all fields of the struct.
    pub(crate) field: usize,
    /// The field's position in the schema.
    pub(crate) at: usize,
    pub(crate) width: Option<u8>,
    pub(crate) norm: bool,
}

impl Record<'_> {
    /// The position of the field with a role.
    pub(crate) fn role(&self, role: Role) -> Option<usize> {
        self.fields.iter().find(|field| field.ast.has(role)).and_then(Field::at)
    }

    pub(crate) fn field(&self, placeholder: &Placeholder) -> Option<&ast::Field<'_>> {
        self.fields.get(placeholder.field).map(|field| field.ast)
    }

    pub(crate) fn primary(&self) -> Option<&Path> {
        self.paths.iter().find(|path| path.index.is_none())
    }
}

impl Field<'_> {
    /// Its position in the schema.
    pub(crate) fn at(&self) -> Option<usize> {
        match self.place {
            Place::Stored { at, .. } => Some(at),
            Place::Skipped => None,
        }
    }
}

impl Path {
    /// The number that tells a record's paths apart: zero is the primary key.
    pub(crate) fn number(&self) -> usize {
        self.index.as_ref().map_or(0, |index| index.at + 1)
    }

    /// Whether a rule about widths and `norm` has something to check.
    pub(crate) fn has_formats(components: &[Component]) -> bool {
        Self::placeholders(components)
            .any(|placeholder| placeholder.width.is_some() || placeholder.norm)
    }

    /// A field that stands twice is reported as that; a function takes it once.
    fn once_each(mut self) -> Self {
        let mut seen: Vec<usize> = Vec::new();
        for component in self.partition.iter_mut().chain(&mut self.sort) {
            let field = component.placeholder.as_ref().map(|placeholder| placeholder.field);
            match field {
                Some(field) if seen.contains(&field) => component.placeholder = None,
                Some(field) => seen.push(field),
                None => {}
            }
        }
        self
    }

    pub(crate) fn placeholders(components: &[Component]) -> impl Iterator<Item = &Placeholder> {
        components.iter().filter_map(|component| component.placeholder.as_ref())
    }
}

/// Resolves a record.
pub(crate) fn record<'a>(ast: &'a ast::Record<'a>, mut words: Words) -> Record<'a> {
    let mut query = words.fresh(&format!("{}Query", bare(ast.item.ident)));
    query.set_span(ours(ast.item.ident.span()));
    let record_words = RecordWords {
        kl: words.fresh("kl"),
        marker: words.fresh("M"),
        position: words.fresh("At"),
        path: words.fresh("P"),
        query,
    };
    let mut record = Record {
        ast,
        words: record_words,
        name: ast.name().text,
        fields: fields(ast),
        key_method: ast
            .options
            .key_method
            .get()
            .cloned()
            .unwrap_or_else(|| Ident::new(symbol::KEY, ours(ast.item.ident.span()))),
        stream_method: stream_method(ast),
        paths: Vec::new(),
        uniques: Vec::new(),
        scope: None,
    };
    record.uniques = uniques(&record);
    record.scope = scope(&record);
    record.paths.extend(primary(&record));
    let slots = slots(&ast.options.indexes);
    for (at, (index, slot)) in ast.options.indexes.iter().zip(slots).enumerate() {
        let path = index_path(&record, index, at, slot);
        record.paths.extend(path);
    }
    record
}

fn stream_method(ast: &ast::Record<'_>) -> Option<Ident> {
    let options = &ast.options;
    let default = || Ident::new(symbol::STREAM, ours(ast.item.ident.span()));
    let method = options.stream_method.get().cloned().unwrap_or_else(default);
    // Where two functions clash, the inert expansion has one of them.
    let others =
        [(&options.key_method, symbol::KEY), (&options.partition_method, symbol::PARTITION)];
    let is_taken = others.iter().any(|(other, default)| match other.get() {
        Some(other) => *other == method,
        None => method == default,
    });
    (options.stream.is_given() && !is_taken).then_some(method)
}

/// Those of the struct, and then those of its fields.
fn uniques(record: &Record<'_>) -> Vec<Unique> {
    let position =
        |name: &str| record.fields.iter().find(|field| field.ast.name == name).and_then(Field::at);
    let constraints = record.ast.options.uniques.iter().map(|unique| Unique {
        name: bare(&unique.name),
        fields: unique.fields.iter().filter_map(|field| position(&bare(field))).collect(),
    });
    let fields = record.fields.iter().filter(|field| field.ast.options.unique.is_given());
    let fields = fields.map(|field| Unique {
        name: field.ast.name.clone(),
        fields: field.at().into_iter().collect(),
    });
    constraints.chain(fields).collect()
}

fn scope(record: &Record<'_>) -> Option<(LitStr, Vec<Component>)> {
    let scope = record.ast.role(Role::Sequence)?.options.scope.get()?;
    Some((scope.literal.clone(), components(record, scope)?))
}

fn fields<'a>(ast: &'a ast::Record<'a>) -> Vec<Field<'a>> {
    let mut next = 0;
    let mut seen: Vec<String> = Vec::new();
    let mut place = |field: &ast::Field<'_>| {
        if field.is_skipped() {
            return Place::Skipped;
        }
        let at = next;
        next += 1;
        let Name { text, span } = field.token();
        // Where two constants clash, the inert expansion has one of them.
        let token = identifier(&text, ours(span)).filter(|_| !seen.contains(&text));
        seen.push(text);
        let in_key = is_in_key(ast, field);
        let fixed = fixed(ast, field);
        Place::Stored { at, name: field.stored().text, token, in_key, fixed }
    };
    ast.fields.iter().map(|field| Field { ast: field, place: place(field) }).collect()
}

fn fixed(ast: &ast::Record<'_>, field: &ast::Field<'_>) -> Option<Fixed> {
    let role = field.options.roles.first().map(|(role, _)| *role);
    match role {
        Some(Role::Tenant) => Some(Fixed::Tenant),
        Some(Role::Revision) => Some(Fixed::Revision),
        Some(Role::Created | Role::Updated) => Some(Fixed::Stamp),
        Some(Role::Deleted) => Some(Fixed::Mark),
        Some(Role::Sequence) => Some(Fixed::InKey),
        _ => {
            names([&ast.options.partition, &ast.options.sort], &field.name).then_some(Fixed::InKey)
        }
    }
}

fn names<const N: usize>(templates: [&Setting<Template>; N], field: &str) -> bool {
    templates
        .into_iter()
        .filter_map(Setting::get)
        .flat_map(Template::placeholders)
        .any(|placeholder| placeholder.field == field)
}

/// Whether a field is written as key text somewhere: it is the tenant, or stands in a template or a
/// unique constraint.
fn is_in_key(ast: &ast::Record<'_>, field: &ast::Field<'_>) -> bool {
    let (options, name) = (&ast.options, &field.name);
    field.has(Role::Tenant)
        || field.options.unique.is_given()
        || names([&options.partition, &options.sort], name)
        || options.indexes.iter().any(|index| names([&index.partition, &index.sort], name))
        || options.uniques.iter().any(|unique| unique.fields.iter().any(|it| bare(it) == *name))
        || ast.fields.iter().any(|field| names([&field.options.scope], name))
}

fn primary(record: &Record<'_>) -> Option<Path> {
    let options = &record.ast.options;
    let method = options
        .partition_method
        .get()
        .cloned()
        .unwrap_or_else(|| Ident::new(symbol::PARTITION, ours(record.ast.item.ident.span())));
    let partition = options.partition.get()?;
    let mut path = Path {
        index: None,
        method,
        partition: components(record, partition)?,
        sort: sort(record, &options.sort)?,
        templates: templates(partition, &options.sort),
    };
    if !options.sort.is_given() {
        path.sort.push(Component { literal: record.name.clone(), placeholder: None });
    }
    Some(path.once_each())
}

fn index_path(record: &Record<'_>, index: &ast::Index, at: usize, slot: u8) -> Option<Path> {
    let ident = index.name.as_ref()?;
    let name = bare(ident);
    // Where two functions clash, the inert expansion has one of them.
    let method = index.method.get().unwrap_or(ident);
    let is_taken = record.paths.iter().any(|path| path.method == *method)
        || record.key_method == *method
        || record.stream_method.as_ref() == Some(method);
    if is_taken {
        return None;
    }
    let partition = index.partition.get()?;
    let path = Path {
        method: method.clone(),
        partition: components(record, partition)?,
        sort: sort(record, &index.sort)?,
        templates: templates(partition, &index.sort),
        index: Some(PathIndex {
            at,
            name,
            unique: index.unique.is_given(),
            slot,
            projection: projection(record, index),
        }),
    };
    Some(path.once_each())
}

fn projection(record: &Record<'_>, index: &ast::Index) -> Projection {
    let position = |name: &Ident| {
        let name = bare(name);
        record.fields.iter().find(|field| field.ast.name == name).and_then(Field::at)
    };
    match index.projection.get() {
        None | Some(ast::Projection::All) => Projection::All,
        Some(ast::Projection::Keys) => Projection::Keys,
        Some(ast::Projection::Include(fields)) => {
            Projection::Include(fields.iter().filter_map(position).collect())
        }
    }
}

fn templates(partition: &Template, sort: &Setting<Template>) -> (LitStr, Option<LitStr>) {
    (partition.literal.clone(), sort.get().map(|sort| sort.literal.clone()))
}

fn sort(record: &Record<'_>, sort: &Setting<Template>) -> Option<Vec<Component>> {
    if !sort.is_given() {
        return Some(Vec::new());
    }
    components(record, sort.get()?)
}

fn components(record: &Record<'_>, template: &Template) -> Option<Vec<Component>> {
    let names = || record.ast.fields.iter().map(|field| field.name.as_str());
    let mut components = Vec::new();
    for component in template.meant.as_ref()? {
        let mut found = None;
        if let Some(placeholder) = &component.placeholder {
            // A misspelt field is taken for the one that the message suggests.
            let name = nearest(&placeholder.field, names())?;
            let field = record.ast.fields.iter().position(|field| field.name == name)?;
            let resolved = record.fields.get(field)?;
            // The tenant is no argument of a key, and a skipped field has no position.
            found = resolved.at().filter(|_| !resolved.ast.has(Role::Tenant)).map(|at| {
                Placeholder { field, at, width: placeholder.width, norm: placeholder.norm }
            });
        }
        components.push(Component { literal: component.literal.clone(), placeholder: found });
    }
    Some(components)
}

/// The slots as given; the others take the lowest that are free.
fn slots(indexes: &[ast::Index]) -> Vec<u8> {
    let given = |index: &ast::Index| index.slot.get().map(|(slot, _)| *slot);
    let taken: Vec<u8> = indexes.iter().filter_map(given).collect();
    let mut free = (1..=MAX_SLOTS).filter(|slot| !taken.contains(slot));
    let mut slot = |index| given(index).or_else(|| free.next()).unwrap_or(MAX_SLOTS);
    indexes.iter().map(&mut slot).collect()
}

/// The tag of an enum's variant.
pub(crate) fn tag(part: &ast::KeyPart<'_>, variant: &ast::Variant<'_>) -> String {
    if let Some(rename) = variant.rename.get() {
        return rename.value();
    }
    let name = bare(variant.ident);
    let rule = part.options.rename_all.get().and_then(|rule| Rule::of(&rule.value()));
    rule.map_or(name.clone(), |rule| rule.apply(&name))
}

/// The name of a table.
pub(crate) fn table_name(table: &ast::Table<'_>) -> String {
    table.options.name.get().map_or_else(|| snake(&bare(table.item.ident)), syn::LitStr::value)
}

/// The types that stand in the list before, spelled alike.
pub(crate) fn repeated<'a>(types: impl Iterator<Item = &'a Type>) -> Vec<&'a Type> {
    let mut seen: Vec<String> = Vec::new();
    let mut is_repeated = |ty: &&Type| {
        let spelling = ast::ungrouped(ty).to_token_stream().to_string();
        let repeated = seen.contains(&spelling);
        seen.push(spelling);
        repeated
    };
    types.filter(|ty| is_repeated(ty)).collect()
}
