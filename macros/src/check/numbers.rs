//! The rules about sequences and streams.

use proc_macro2::Span;

use super::record::key;
use crate::ast::{Field, Record, Role};
use crate::errors::Errors;
use crate::template::Template;

/// Rejects a sequence; the table of contents of its rules.
pub(super) fn sequence(record: &Record<'_>, errors: &mut Errors) {
    let numbered = |field: &&Field<'_>| field.has(Role::Sequence);
    for field in record.fields.iter().filter(numbered) {
        number_is_always_there(field, errors);
        number_is_not_of_the_partition(record, field, errors);
        scope(record, field, errors);
        a_save_takes_a_number(record, field, errors);
    }
}

/// Each record of a sequence has its number.
fn number_is_always_there(field: &Field<'_>, errors: &mut Errors) {
    if field.inner.is_none() {
        return;
    }
    let message = format!(
        "`{}` cannot be an `Option`: each record of a sequence has a number, and zero stands for one \
         that is not given yet; write `u64`",
        field.name
    );
    errors.on(field.ty, message);
}

/// A number counts the records of a partition, so the partition comes before the number.
fn number_is_not_of_the_partition(record: &Record<'_>, field: &Field<'_>, errors: &mut Errors) {
    let Some(partition) = record.options.partition.get() else {
        return;
    };
    if names(partition, field) {
        let message = format!(
            "`{0}` is given to a record of a partition when it is inserted, so it cannot stand in the \
             partition template; put `{{{0}}}` into the sort template",
            field.name
        );
        errors.at(partition.literal.span(), message);
    }
}

/// A scope is known before the record is written.
fn scope(record: &Record<'_>, field: &Field<'_>, errors: &mut Errors) {
    let setting = &field.options.scope;
    key(record, &format!("the scope of `{}`", field.name), &[setting], errors);
    let Some(scope) = setting.get() else {
        return;
    };
    let decided = [Role::Revision, Role::Created, Role::Updated, Role::Deleted];
    let named = scope.placeholders().filter_map(|placeholder| record.field(&placeholder.field));
    for other in named {
        let message = if other.ident == field.ident {
            format!(
                "`{0}` cannot stand in its own scope, which is known before the number is; remove \
                 `{{{0}}}`",
                field.name
            )
        } else if decided.iter().any(|role| other.has(*role)) {
            format!(
                "`{}` is decided by keyloom when it writes the record, so it cannot stand in the scope \
                 of `{}`; name a field that is known before",
                other.name, field.name
            )
        } else {
            continue;
        };
        errors.at(scope.literal.span(), message);
    }
}

/// An upsert does not know whether it inserts, and so whether it is to take a number.
fn a_save_takes_a_number(record: &Record<'_>, field: &Field<'_>, errors: &mut Errors) {
    let Some(span) = field.role_span(Role::Sequence) else {
        return;
    };
    if !record.options.stream.is_given() && lacks_revision(record, errors) {
        let message = format!(
            "a save of revision zero is what gives `{}` its number, and `{}` has no revision; add a \
             field with `#[record(revision)]`",
            field.name, record.item.ident
        );
        errors.at(span, message);
    }
}

/// Whether no field is the revision; one that could not be read may be.
pub(super) fn lacks_revision(record: &Record<'_>, errors: &Errors) -> bool {
    record.role(Role::Revision).is_none() && !errors.has_unread()
}

/// Rejects a stream; the table of contents of its rules.
pub(super) fn stream(record: &Record<'_>, errors: &mut Errors) {
    let Some(stream) = record.options.stream.key else {
        only_a_stream_has_a_stream_function(record, errors);
        return;
    };
    match record.role(Role::Sequence) {
        Some(field) => {
            a_stream_is_its_own_scope(field, errors);
            the_number_stands_last(record, field, stream, errors);
        }
        None => is_numbered(record, stream, errors),
    }
    events_are_never_changed(record, errors);
    nothing_is_unique(record, errors);
}

fn only_a_stream_has_a_stream_function(record: &Record<'_>, errors: &mut Errors) {
    if let Some(method) = record.options.stream_method.key.filter(|_| !errors.has_unread()) {
        let message = format!(
            "`{}` is no stream, so it has no function `stream`; remove this, or write `stream` on the \
             struct",
            record.item.ident
        );
        errors.at(method, message);
    }
}

/// Events are told apart, read and trimmed by their numbers.
fn is_numbered(record: &Record<'_>, stream: Span, errors: &mut Errors) {
    if errors.has_unread() {
        return;
    }
    let message = format!(
        "`{}` is a stream, and no field numbers its events; mark one with `#[record(sequence)]`",
        record.item.ident
    );
    errors.at(stream, message);
}

/// Numbers without holes are those of the events that are read together.
fn a_stream_is_its_own_scope(field: &Field<'_>, errors: &mut Errors) {
    if let Some(scope) = field.options.scope.get() {
        let message = format!(
            "the events of one stream are numbered without holes, so `{}` has no other scope; write \
             `#[record(sequence)]`",
            field.name
        );
        errors.at(scope.literal.span(), message);
    }
}

/// A stream is all events whose keys differ in the number alone, and is read in its order.
fn the_number_stands_last(
    record: &Record<'_>,
    field: &Field<'_>,
    stream: Span,
    errors: &mut Errors,
) {
    let (partition, sort) = (&record.options.partition, &record.options.sort);
    // What stands in the partition, or could not be read, is reported as that.
    if partition.get().is_some_and(|partition| names(partition, field)) {
        return;
    }
    let span = match (sort.get(), sort.is_given()) {
        (None, true) => return,
        (None, false) => stream,
        (Some(sort), _) => {
            let known = |name: &str| record.field(name).is_some();
            let readable = sort.meant.is_some()
                && sort.placeholders().all(|placeholder| known(&placeholder.field));
            let last = sort.components.last().and_then(|last| last.placeholder.as_ref());
            if !readable || last.is_some_and(|last| last.field == field.name) {
                return;
            }
            sort.literal.span()
        }
    };
    let message = format!(
        "a stream is read in the order of its numbers, so `{{{0}}}` is the last component of the sort \
         template; write `sort = \"…#{{{0}}}\"`",
        field.name
    );
    errors.at(span, message);
}

/// An event stays as it was appended, until the beginning of its stream is trimmed.
fn events_are_never_changed(record: &Record<'_>, errors: &mut Errors) {
    let name = record.item.ident;
    let refused = [
        (Role::Revision, "events are never changed, so they have no revision"),
        (Role::Updated, "events are never changed, so they have no time of a last change"),
        (Role::Expires, "numbers have no holes, so no event expires before an older one"),
        (Role::Deleted, "numbers have no holes, so no event is deleted"),
    ];
    for (role, why) in refused {
        let Some((field, span)) =
            record.role(role).and_then(|field| Some((field, field.role_span(role)?)))
        else {
            continue;
        };
        let message = format!("`{name}` is a stream, whose {why}; remove `{}`", field.name);
        errors.at(span, message);
    }
}

/// What an append is refused for is the number alone.
fn nothing_is_unique(record: &Record<'_>, errors: &mut Errors) {
    let options = &record.options;
    let indexes = options.indexes.iter().filter_map(|index| index.unique.key);
    let constraints = options.uniques.iter().map(|unique| unique.name.span());
    let fields = record.fields.iter().filter_map(|field| field.options.unique.key);
    for span in indexes.chain(constraints).chain(fields) {
        let message = format!(
            "`{}` is a stream, to which events are appended whatever the others hold, so nothing of it \
             is unique; remove `unique`, and keep such values in a record of their own",
            record.item.ident
        );
        errors.at(span, message);
    }
}

fn names(template: &Template, field: &Field<'_>) -> bool {
    template.placeholders().any(|placeholder| placeholder.field == field.name)
}
