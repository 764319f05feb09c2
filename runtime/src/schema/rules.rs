//! The rules about values of a schema, checked while the program is compiled.
//!
//! Each is a `#[track_caller] const fn` that the derives call once in a `const` item of their own, so
//! that a broken rule is an error on the user's token.

use super::message::Message;
use super::shape::{can_begin, meet, same};
use super::{Component, Path, Placeholder, RecordSchema, TableSchema};
use crate::backend::Member;
use crate::key::KeyKind;
use crate::store::CollectionSchema;

/// Widths stand on integers and `:norm` on text in the partition template of a path.
#[track_caller]
pub const fn check_partition(record: &RecordSchema, path: Path) {
    check_components(record, record.layout(path).partition);
}

/// [`check_partition`] for the sort template.
#[track_caller]
pub const fn check_sort(record: &RecordSchema, path: Path) {
    check_components(record, record.layout(path).sort);
}

/// [`check_partition`] for the scope of a sequence.
#[track_caller]
pub const fn check_scope(record: &RecordSchema) {
    if let Some(sequence) = &record.sequence {
        check_components(record, sequence.scope);
    }
}

#[track_caller]
const fn check_components(record: &RecordSchema, components: &[Component]) {
    let mut at = 0;
    while at < components.len() {
        if let Some(Placeholder { field, width, norm }) = components[at].placeholder {
            let field = &record.fields[field];
            // A field that is no key part is reported where the derive asserts it.
            let (number, text) = match field.key {
                Some(kind) => (kind.is_number(), matches!(kind, KeyKind::Text)),
                None => (true, true),
            };
            if width.is_some() && !number {
                let message = Message::new()
                    .text("field `")
                    .text(field.name)
                    .text("` of `")
                    .text(record.name)
                    .text("` is not an integer, so its placeholder in ")
                    .template(components, record.fields)
                    .text(" takes no width; write `{")
                    .text(field.name)
                    .text("}`");
                panic!("{}", message.as_str());
            }
            if norm && !text {
                let message = Message::new()
                    .text("field `")
                    .text(field.name)
                    .text("` of `")
                    .text(record.name)
                    .text("` is not text, so its placeholder in ")
                    .template(components, record.fields)
                    .text(" takes no `:norm`; write `{")
                    .text(field.name)
                    .text("}`");
                panic!("{}", message.as_str());
            }
        }
        at += 1;
    }
}

/// Compares the record at `at` with each record before it.
#[track_caller]
pub const fn check_record_of_table(table: &TableSchema, at: usize) {
    let record = table.records[at];
    if record.inert {
        return;
    }
    let mut before = 0;
    while before < at {
        let other = table.records[before];
        if !other.inert {
            check_pair(table, other, record);
        }
        before += 1;
    }
}

#[track_caller]
const fn check_pair(table: &TableSchema, a: &RecordSchema, b: &RecordSchema) {
    if same_folded(a.name.as_bytes(), b.name.as_bytes()) {
        let message = Message::new()
            .text("two records of table `")
            .text(table.name)
            .text("` are named `")
            .text(b.name)
            .text("` (SQLite does not tell upper from lower case); give one another with `#[record(name = \"…\")]`");
        panic!("{}", message.as_str());
    }
    if a.roles.tenant.is_none() != b.roles.tenant.is_none() {
        // A global key begins with `#`, which no tenant's key does.
        return;
    }
    if same_key(a, b) {
        let message = pair(table, a, b).text(" can produce the same key: ");
        collide(message, a, Path::Primary, b, Path::Primary);
    }
    check_queries(table, a, Path::Primary, b, Path::Primary);
    let mut left = 0;
    while left < a.indexes.len() {
        let mut right = 0;
        while right < b.indexes.len() {
            // Slot zero is that of constraints, which no query reads.
            if a.indexes[left].slot == b.indexes[right].slot && a.indexes[left].slot > 0 {
                check_queries(table, a, Path::Index(left), b, Path::Index(right));
            }
            right += 1;
        }
        left += 1;
    }
}

#[track_caller]
const fn check_queries(
    table: &TableSchema,
    a: &RecordSchema,
    a_path: Path,
    b: &RecordSchema,
    b_path: Path,
) {
    if !components_meet(a, a.layout(a_path).partition, b, b.layout(b_path).partition) {
        return;
    }
    if query_returns(a, a_path, b, b_path) {
        collide(returned(table, a, a_path, b), a, a_path, b, b_path);
    }
    if query_returns(b, b_path, a, a_path) {
        collide(returned(table, b, b_path, a), b, b_path, a, a_path);
    }
}

const fn pair(table: &TableSchema, a: &RecordSchema, b: &RecordSchema) -> Message {
    Message::new()
        .text("records `")
        .text(a.name)
        .text("` and `")
        .text(b.name)
        .text("` of table `")
        .text(table.name)
        .text("`")
}

const fn returned(table: &TableSchema, a: &RecordSchema, path: Path, b: &RecordSchema) -> Message {
    let message = pair(table, a, b).text(" overlap: a query ");
    let message = match path {
        Path::Primary => message,
        Path::Index(at) => message.text("by the index `").text(a.indexes[at].name).text("` "),
    };
    message.text("for `").text(a.name).text("` would return `").text(b.name).text("` too: ")
}

#[track_caller]
const fn collide(
    message: Message,
    a: &RecordSchema,
    a_path: Path,
    b: &RecordSchema,
    b_path: Path,
) -> ! {
    let message = templates(message, a, a_path).text(" and ");
    let message = templates(message, b, b_path).text("; begin one of them with another literal");
    let message = match a_path {
        Path::Primary => message,
        Path::Index(_) => message.text(", or give one index another `slot = …`"),
    };
    panic!("{}", message.as_str());
}

const fn templates(message: Message, record: &RecordSchema, path: Path) -> Message {
    let layout = record.layout(path);
    let message = message.template(layout.partition, record.fields);
    if layout.sort.is_empty() {
        message
    } else {
        message.text(" / ").template(layout.sort, record.fields)
    }
}

/// Literals before placeholders, sort before partition and the last component first: nearly all
/// layouts differ in a literal, and these rules are part of the user's build.
const fn same_key(a: &RecordSchema, b: &RecordSchema) -> bool {
    !literals_differ(a.primary.sort, b.primary.sort)
        && !literals_differ(a.primary.partition, b.primary.partition)
        && components_meet(a, a.primary.sort, b, b.primary.sort)
        && components_meet(a, a.primary.partition, b, b.primary.partition)
}

/// Whether two templates differ in length, or in a component that is a literal in both.
const fn literals_differ(a: &[Component], b: &[Component]) -> bool {
    if a.len() != b.len() {
        return true;
    }
    let mut at = a.len();
    while at > 0 {
        at -= 1;
        if a[at].placeholder.is_none()
            && b[at].placeholder.is_none()
            && !same(a[at].literal.as_bytes(), b[at].literal.as_bytes())
        {
            return true;
        }
    }
    false
}

const fn components_meet(
    a: &RecordSchema,
    a_components: &[Component],
    b: &RecordSchema,
    b_components: &[Component],
) -> bool {
    if literals_differ(a_components, b_components) {
        return false;
    }
    let mut at = a_components.len();
    while at > 0 {
        at -= 1;
        if !meet(&a_components[at], a.fields, &b_components[at], b.fields) {
            return false;
        }
    }
    true
}

/// Whether the widest query over `a`'s sort keys also returns records of `b`: whether `b`'s
/// components can begin with `a`'s literals up to its first placeholder.
const fn query_returns(a: &RecordSchema, a_path: Path, b: &RecordSchema, b_path: Path) -> bool {
    let a_sort = a.layout(a_path).sort;
    let mut at = 0;
    while at < a_sort.len() {
        let Some(component) = stored_component(b, b_path, at) else {
            return false;
        };
        if a_sort[at].placeholder.is_some() {
            return can_begin(component, b.fields, a_sort[at].literal);
        }
        if !meet(&a_sort[at], a.fields, component, b.fields) {
            return false;
        }
        at += 1;
    }
    true
}

/// A component of the stored sort key, which on an index goes on with the primary key.
const fn stored_component(record: &RecordSchema, path: Path, at: usize) -> Option<&Component> {
    let sort = record.layout(path).sort;
    if at < sort.len() {
        return Some(&sort[at]);
    }
    let (at, primary) = (at - sort.len(), &record.primary);
    if matches!(path, Path::Primary) {
        None
    } else if at < primary.partition.len() {
        Some(&primary.partition[at])
    } else if at - primary.partition.len() < primary.sort.len() {
        Some(&primary.sort[at - primary.partition.len()])
    } else {
        None
    }
}

/// A collection's member lies in the partition of the first.
///
/// # Panics
///
/// While the program is compiled, if it does not.
#[track_caller]
pub const fn check_member(collection: &CollectionSchema, at: usize) {
    let (first, member) = (collection.members[0], collection.members[at]);
    if first.inert || member.inert {
        return;
    }
    if first.roles.tenant.is_none() != member.roles.tenant.is_none() {
        let (own, global) =
            if first.roles.tenant.is_none() { (member, first) } else { (first, member) };
        let message = Message::new()
            .text("members of collection `")
            .text(collection.name)
            .text("` lie in different scopes: `")
            .text(own.name)
            .text("` belongs to a tenant, `")
            .text(global.name)
            .text("` is global; a collection is read through one scope");
        panic!("{}", message.as_str());
    }
    if !same_partition(first, member) {
        let message = Message::new()
            .text("members of collection `")
            .text(collection.name)
            .text("` lie in different partitions: `")
            .text(first.name)
            .text("` in ")
            .template(first.primary.partition, first.fields)
            .text(", `")
            .text(member.name)
            .text("` in ")
            .template(member.primary.partition, member.fields)
            .text("; a collection is read from one partition, so literals and types must agree");
        panic!("{}", message.as_str());
    }
}

const fn same_partition(a: &RecordSchema, b: &RecordSchema) -> bool {
    let (left, right) = (a.primary.partition, b.primary.partition);
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if !same(left[at].literal.as_bytes(), right[at].literal.as_bytes()) {
            return false;
        }
        match (&left[at].placeholder, &right[at].placeholder) {
            (None, None) => {}
            (Some(x), Some(y)) => {
                let (x_field, y_field) = (&a.fields[x.field], &b.fields[y.field]);
                if x.norm != y.norm
                    || x.width.is_some() != y.width.is_some()
                    || x.width.is_some() && width(x) != width(y)
                    || x_field.optional != y_field.optional
                    || !same_kind(x_field.key, y_field.key)
                {
                    return false;
                }
            }
            _ => return false,
        }
        at += 1;
    }
    true
}

const fn width(placeholder: &Placeholder) -> u8 {
    match placeholder.width {
        Some(width) => width,
        None => 0,
    }
}

const fn same_kind(a: Option<KeyKind>, b: Option<KeyKind>) -> bool {
    match (a, b) {
        (Some(KeyKind::Words(a)), Some(KeyKind::Words(b))) => same_words(a, b),
        (Some(KeyKind::Unsigned { bits: a }), Some(KeyKind::Unsigned { bits: b }))
        | (Some(KeyKind::Signed { bits: a }), Some(KeyKind::Signed { bits: b })) => a == b,
        (Some(KeyKind::Text), Some(KeyKind::Text))
        | (Some(KeyKind::Bytes), Some(KeyKind::Bytes))
        | (Some(KeyKind::Bool), Some(KeyKind::Bool))
        | (Some(KeyKind::Timestamp), Some(KeyKind::Timestamp))
        | (Some(KeyKind::Date), Some(KeyKind::Date))
        | (Some(KeyKind::Uuid), Some(KeyKind::Uuid))
        | (Some(KeyKind::Ulid), Some(KeyKind::Ulid)) => true,
        _ => false,
    }
}

const fn same_words(a: &[&str], b: &[&str]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if !same(a[at].as_bytes(), b[at].as_bytes()) {
            return false;
        }
        at += 1;
    }
    true
}

const fn same_folded(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if !a[at].eq_ignore_ascii_case(&b[at]) {
            return false;
        }
        at += 1;
    }
    true
}

/// A collection's members in the order of their sort keys, for the table that lists them.
///
/// No widest prefix begins another ([`check_record_of_table`]), so a partition holds its members one
/// after the other, in the order of those prefixes.
pub const fn order_members<const N: usize>(
    listed: [(usize, &'static RecordSchema); N],
) -> [Member; N] {
    let mut members = [Member { record: 0, member: 0 }; N];
    let mut at = 0;
    while at < N {
        members[at] = Member { record: listed[at].0, member: at };
        at += 1;
    }
    let mut sorted = 1;
    while sorted < N {
        let mut at = sorted;
        while at > 0 && sorts_before(listed[members[at].member].1, listed[members[at - 1].member].1)
        {
            (members[at], members[at - 1]) = (members[at - 1], members[at]);
            at -= 1;
        }
        sorted += 1;
    }
    members
}

/// Whether the widest prefix of `a`'s sort keys is less than that of `b`'s.
const fn sorts_before(a: &RecordSchema, b: &RecordSchema) -> bool {
    let mut at = 0;
    loop {
        match (prefix_byte(a, at), prefix_byte(b, at)) {
            (Some(left), Some(right)) if left == right => at += 1,
            (Some(left), Some(right)) => return left < right,
            (None, Some(_)) => return true,
            (_, None) => return false,
        }
    }
}

/// The byte at a position of the literals before a record's first sort placeholder.
const fn prefix_byte(record: &RecordSchema, at: usize) -> Option<u8> {
    let mut left = at;
    let mut component = 0;
    while component < record.primary.sort.len() {
        let literal = record.primary.sort[component].literal.as_bytes();
        if left < literal.len() {
            return Some(literal[left]);
        }
        left -= literal.len();
        if record.primary.sort[component].placeholder.is_some() {
            return None;
        }
        if left == 0 {
            return if component + 1 < record.primary.sort.len() { Some(b'#') } else { None };
        }
        left -= 1;
        component += 1;
    }
    None
}

#[cfg(test)]
mod tests;
