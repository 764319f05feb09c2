//! The rules about a struct with `derive(Record)`.

use super::{names, not_generic, numbers, projection, unique};
use syn::Type;

use crate::ast::{Field, Index, Record, Role, Setting, is_a, ungrouped};
use crate::errors::Errors;
use crate::suggest::{hint, quoted};
use crate::template::Template;

/// The most shared indexes that a DynamoDB table has by default.
pub(crate) const MAX_SLOTS: u8 = 20;

/// Rejects a record; the table of contents of its rules.
pub(crate) fn record(record: &Record<'_>, errors: &mut Errors) {
    if !record.is_struct {
        return;
    }
    not_generic(&record.item, "write a record for each type, with owned fields", errors);
    has_partition(record, errors);
    primary_key(record, errors);
    for index in &record.options.indexes {
        index_key(record, index, errors);
        projection::of_index(record, index, errors);
    }
    unique::constraints(record, errors);
    one_role_each(record, errors);
    one_field_for_each_role(record, errors);
    tenant_or_global(record, errors);
    tenant_is_always_there(record, errors);
    deleted_has_a_revision(record, errors);
    numbers::sequence(record, errors);
    numbers::stream(record, errors);
    for field in &record.fields {
        is_owned(record, field, errors);
        set_is_always_there(field, errors);
        skip_stands_alone(field, errors);
        default_has_a_use(field, errors);
    }
    slots(record, errors);
    names::of_record(record, errors);
}

/// Without a partition there is no key.
fn has_partition(record: &Record<'_>, errors: &mut Errors) {
    if record.options.partition.is_given() || errors.has_unread() {
        return;
    }
    let name = record.item.ident;
    let message = format!(
        "`{name}` has no key layout; write `#[record(partition = \"…\", sort = \"…\")]` with templates \
         such as `\"order#{{id}}\"`"
    );
    errors.on(name, message);
}

/// The rules that hold for the primary key alone.
fn primary_key(record: &Record<'_>, errors: &mut Errors) {
    let (partition, sort) = (&record.options.partition, &record.options.sort);
    key(record, "the primary key", &[partition, sort], errors);
    for template in partition.get().into_iter().chain(sort.get()) {
        for placeholder in template.placeholders() {
            let Some(field) = record.field(&placeholder.field) else {
                continue;
            };
            // These move, and a record whose key moves is another record.
            if field.has(Role::Revision) || field.has(Role::Updated) {
                let message = format!(
                    "`{}` changes with every write, so it cannot stand in the primary key; put it \
                     into an `index(…)`",
                    field.name
                );
                errors.at(template.literal.span(), message);
            } else if field.has(Role::Deleted) {
                let message = format!(
                    "`{}` is set when the record is deleted, so it cannot stand in the primary key; \
                     remove `{{{}}}`",
                    field.name, placeholder.field
                );
                errors.at(template.literal.span(), message);
            }
        }
    }
}

fn index_key(record: &Record<'_>, index: &Index, errors: &mut Errors) {
    let name = match &index.name {
        Some(name) => format!("the index `{name}`"),
        None => "the index".to_owned(),
    };
    // Without a name it is a mistake already, whose message shows all that an index needs.
    if !index.partition.is_given() && index.name.is_some() {
        errors.at(index.span, format!("{name} has no partition; write `partition = \"…\"`"));
    }
    let templates = [&index.partition, &index.sort];
    let readable =
        templates.iter().all(|template| !template.is_given() || template.get().is_some());
    let fields =
        templates.iter().filter_map(|template| template.get()).flat_map(Template::placeholders);
    if let (Some(unique), true, 0) = (index.unique.key, readable, fields.count()) {
        errors.at(
            unique,
            format!("{name} has no field that could be unique; name one, as `{{field}}`"),
        );
    }
    key(record, &name, &templates, errors);
}

/// The rules for the templates of one key.
pub(super) fn key(
    record: &Record<'_>,
    name: &str,
    templates: &[&Setting<Template>],
    errors: &mut Errors,
) {
    let mut seen: Vec<&str> = Vec::new();
    for template in templates.iter().filter_map(|template| template.get()) {
        let span = template.literal.span();
        for placeholder in template.placeholders() {
            let word = placeholder.field.as_str();
            if let Some(mistake) = placeholder_mistake(record, word) {
                errors.at(span, mistake);
            } else if seen.contains(&word) {
                // The second value could only repeat the first.
                let message = format!("`{{{word}}}` stands twice in {name}; write it once");
                errors.at(span, message);
            }
            seen.push(word);
        }
    }
}

fn placeholder_mistake(record: &Record<'_>, word: &str) -> Option<String> {
    let Some(field) = record.field(word) else {
        let fields: Vec<_> = record
            .fields
            .iter()
            .filter(|field| !field.is_skipped() && !field.has(Role::Tenant))
            .map(|field| field.name.as_str())
            .collect();
        let hint = hint(word, &fields, "the fields that can stand in a key are");
        return Some(format!("`{}` has no field `{word}`; {hint}", record.item.ident));
    };
    if field.has(Role::Tenant) {
        // The scope adds it, so that no template can forget it.
        Some(format!(
            "the tenant `{word}` stands first in every key by itself; remove `{{{word}}}`"
        ))
    } else if field.is_skipped() {
        Some(format!("`{word}` is not stored, so it cannot stand in a key; remove its `skip`"))
    } else {
        None
    }
}

/// What keyloom does with a field, it does with that field alone.
fn one_role_each(record: &Record<'_>, errors: &mut Errors) {
    for field in &record.fields {
        if let [(first, _), (second, span), ..] = field.options.roles.as_slice() {
            let message = format!(
                "`{}` is marked both `{first}` and `{second}`; a field has one role",
                field.name
            );
            errors.at(*span, message);
        }
    }
}

/// Two fields with one role would have to agree forever.
fn one_field_for_each_role(record: &Record<'_>, errors: &mut Errors) {
    let roles = [
        Role::Tenant,
        Role::Revision,
        Role::Created,
        Role::Updated,
        Role::Expires,
        Role::Deleted,
        Role::Sequence,
    ];
    for role in roles {
        let Some(first) = record.role(role) else {
            continue;
        };
        let others = record.fields.iter().skip_while(|field| field.ident != first.ident).skip(1);
        for (field, span) in
            others.filter_map(|field| field.role_span(role).map(|span| (field, span)))
        {
            let message = format!(
                "`{}` and `{}` are both marked `{role}`; a record has one such field",
                first.name, field.name
            );
            errors.at(span, message);
        }
    }
}

/// Whose a record is must be said, so that nothing is shared among tenants by forgetting a word.
fn tenant_or_global(record: &Record<'_>, errors: &mut Errors) {
    let name = record.item.ident;
    match (record.role(Role::Tenant), record.options.global.key) {
        (Some(field), Some(global)) => {
            let message = format!(
                "`{name}` has the tenant `{}`, so it is not `global`; keep one of the two",
                field.name
            );
            errors.at(global, message);
        }
        (None, None) if !errors.has_unread() => {
            let message = format!(
                "`{name}` has no tenant; mark the field that names its owner with \
                 `#[record(tenant)]`, or write `#[record(global)]` on the struct if it has none"
            );
            errors.on(name, message);
        }
        _ => {}
    }
}

/// What belongs to nobody says so, for every record of its type.
fn tenant_is_always_there(record: &Record<'_>, errors: &mut Errors) {
    let optional = |field: &&Field<'_>| field.has(Role::Tenant) && field.inner.is_some();
    for field in record.fields.iter().filter(optional) {
        let message = format!(
            "the tenant `{}` cannot be an `Option`: every record has an owner; write a record of its \
             own with `#[record(global)]` for what has none",
            field.name
        );
        errors.on(field.ty, message);
    }
}

/// A soft delete and a restore change what is stored, so a save that has not seen them must fail.
fn deleted_has_a_revision(record: &Record<'_>, errors: &mut Errors) {
    let Some(field) = record.role(Role::Deleted) else {
        return;
    };
    let Some(span) = field.role_span(Role::Deleted) else {
        return;
    };
    // A stream has neither of the two, and is told so.
    if !record.options.stream.is_given() && numbers::lacks_revision(record, errors) {
        let message = format!(
            "`{}` marks soft deletes, and `{}` has no revision, without which a save would undo a \
             delete or a restore that it has not seen; add a field with `#[record(revision)]`",
            field.name, record.item.ident
        );
        errors.at(span, message);
    }
}

/// What is read from an engine belongs to nobody else.
fn is_owned(record: &Record<'_>, field: &Field<'_>, errors: &mut Errors) {
    let ty = ungrouped(field.inner.unwrap_or(field.ty));
    let Type::Reference(reference) = ty else {
        return;
    };
    // A lifetime parameter is reported as one.
    if !record.item.generics.params.is_empty() {
        return;
    }
    let instead = match ungrouped(&reference.elem) {
        Type::Path(path) if path.path.is_ident("str") => "write `String`",
        Type::Slice(_) => "write a `Vec`",
        _ => "write the type without `&`",
    };
    let message =
        format!("`{}` is a reference, and a record owns its fields; {instead}", field.name);
    errors.on(ty, message);
}

/// No engine tells an empty set from none, because DynamoDB has no empty sets.
fn set_is_always_there(field: &Field<'_>, errors: &mut Errors) {
    let sets = ["BTreeSet", "HashSet"];
    let Some(set) = field.inner.and_then(|inner| sets.into_iter().find(|set| is_a(inner, set)))
    else {
        return;
    };
    if field.is_skipped() || field.has(Role::Tenant) {
        return;
    }
    let message = format!(
        "`{}` cannot be an `Option` of a set: an empty set is stored as absent, so `None` could not \
         be told from it; write `{set}<…>`",
        field.name
    );
    errors.on(field.ty, message);
}

/// A skipped field is not stored, so nothing else can be said of it.
fn skip_stands_alone(field: &Field<'_>, errors: &mut Errors) {
    let Some(skip) = field.options.skip.key else {
        return;
    };
    let options = &field.options;
    let mut others: Vec<String> = options.roles.iter().map(|(role, _)| role.to_string()).collect();
    let given = [
        ("unique", options.unique.is_given()),
        ("rename", options.rename.is_given()),
        ("token", options.token.is_given()),
        ("default", options.default.is_given()),
    ];
    others.extend(given.iter().filter(|(_, given)| *given).map(|(name, _)| (*name).to_owned()));
    if !others.is_empty() {
        let others: Vec<_> = others.iter().map(String::as_str).collect();
        let message = format!(
            "a skipped field is not stored and takes its type's default when read, so {} says \
             nothing; remove it, or `skip`",
            quoted(&others)
        );
        errors.at(skip, message);
    }
}

/// A default is for records stored before the field was there.
fn default_has_a_use(field: &Field<'_>, errors: &mut Errors) {
    let Some(default) = field.options.default.key.filter(|_| !field.is_skipped()) else {
        return;
    };
    if let Some((role, _)) = field.options.roles.first() {
        let message =
            format!("`{}` is the record's `{role}`, always stored; remove `default`", field.name);
        errors.at(default, message);
    } else if field.inner.is_some() {
        let message = format!(
            "`{}` is an `Option`, which is `None` where nothing is stored; remove `default`",
            field.name
        );
        errors.at(default, message);
    }
}

/// A slot is one of the shared indexes of the DynamoDB table; a record stands in each once.
fn slots(record: &Record<'_>, errors: &mut Errors) {
    let mut taken: Vec<u8> = Vec::new();
    for index in &record.options.indexes {
        let Some((slot, span)) = index.slot.get() else {
            continue;
        };
        if !(1..=MAX_SLOTS).contains(slot) {
            errors.at(*span, format!("a slot is a number from 1 to {MAX_SLOTS}"));
        } else if taken.contains(slot) {
            let message = format!(
                "two indexes of `{}` have slot {slot}; give each its own",
                record.item.ident
            );
            errors.at(*span, message);
        }
        taken.push(*slot);
    }
    if let Some(index) = record.options.indexes.get(usize::from(MAX_SLOTS)) {
        let message = format!(
            "`{}` has more than {MAX_SLOTS} indexes, the most that a DynamoDB table holds; remove some",
            record.item.ident
        );
        errors.at(index.span, message);
    }
}
