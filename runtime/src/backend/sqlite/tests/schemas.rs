//! The records of the tests, written by hand: what the derives would emit is not this backend's to
//! know.

use crate::key::KeyPart;
use crate::schema::{
    Component, FieldSchema, IndexSchema, Layout, Placeholder, Projection, RecordSchema, Roles,
    SYSTEM, SetOf, Storage, TableSchema,
};

pub(super) const NO_ROLES: Roles = Roles::NONE;

pub(super) const fn field(name: &'static str, storage: Storage) -> FieldSchema {
    FieldSchema { name, stored: name, storage, optional: false, default: false, key: None }
}

pub(super) const fn optional(field: FieldSchema) -> FieldSchema {
    FieldSchema { optional: true, ..field }
}

pub(super) const fn key_field<T: KeyPart>(name: &'static str) -> FieldSchema {
    FieldSchema { key: Some(T::KIND), ..field(name, T::STORAGE) }
}

pub(super) const fn text(literal: &'static str) -> Component {
    Component { literal, placeholder: None }
}

pub(super) const fn slot(field: usize) -> Component {
    Component { literal: "", placeholder: Some(Placeholder { field, width: None, norm: false }) }
}

pub(super) const fn norm(field: usize) -> Component {
    Component { literal: "", placeholder: Some(Placeholder { field, width: None, norm: true }) }
}

pub(super) const fn layout(partition: &'static [Component], sort: &'static [Component]) -> Layout {
    Layout { partition, sort }
}

pub(super) const fn index(
    name: &'static str,
    slot: u8,
    partition: &'static [Component],
    sort: &'static [Component],
) -> IndexSchema {
    let layout = layout(partition, sort);
    IndexSchema { name, layout, unique: false, slot, projection: Projection::All }
}

pub(super) const fn unique(index: IndexSchema) -> IndexSchema {
    IndexSchema { unique: true, ..index }
}

/// A tenant's record with every role and an index of each kind.
pub(super) const TENSION: RecordSchema = RecordSchema {
    name: "Tension",
    fields: &[
        key_field::<String>("project"),
        key_field::<String>("dialogue"),
        key_field::<u32>("id"),
        key_field::<String>("status"),
        key_field::<String>("title"),
        field("labels", Storage::Document),
        optional(field("weight", Storage::Real)),
        optional(key_field::<crate::Timestamp>("due")),
        field("revision", Storage::Int),
        field("created", Storage::Timestamp),
        key_field::<crate::Timestamp>("updated"),
        optional(field("expires", Storage::Timestamp)),
    ],
    roles: Roles {
        tenant: Some(0),
        revision: Some(8),
        created: Some(9),
        updated: Some(10),
        expires: Some(11),
        deleted: None,
    },
    primary: layout(&[text("dialogue"), slot(1)], &[text("tension"), slot(2)]),
    indexes: &[
        index("by_status", 1, &[text("tensions"), slot(3)], &[slot(10)]),
        unique(index("by_title", 2, &[text("titles")], &[norm(4)])),
        index("by_due", 3, &[text("due")], &[slot(7)]),
        index("every", 4, &[text("every")], &[]),
    ],
    sequence: None,
    inert: false,
};

/// A neighbour in [`TENSION`]'s partition, without roles.
pub(super) const PERSPECTIVE: RecordSchema = RecordSchema {
    name: "Perspective",
    fields: &[
        key_field::<String>("project"),
        key_field::<String>("dialogue"),
        key_field::<String>("name"),
        field("blob", Storage::Bytes),
    ],
    roles: Roles { tenant: Some(0), ..NO_ROLES },
    primary: layout(&[text("dialogue"), slot(1)], &[text("perspective"), slot(2)]),
    indexes: &[],
    sequence: None,
    inert: false,
};

/// A global record with no placeholder in its partition.
pub(super) const NOTE: RecordSchema = RecordSchema {
    name: "Note",
    fields: &[
        key_field::<u32>("id"),
        field("text", Storage::Text),
        field("created", Storage::Timestamp),
    ],
    roles: Roles { created: Some(2), ..NO_ROLES },
    primary: layout(&[text("notes")], &[slot(0)]),
    indexes: &[index("again", 1, &[text("again")], &[])],
    sequence: None,
    inert: false,
};

/// A record of which there is one.
pub(super) const SETTING: RecordSchema = RecordSchema {
    name: "Setting",
    fields: &[field("value", Storage::Text)],
    roles: NO_ROLES,
    primary: layout(&[text("setting")], &[text("Setting")]),
    indexes: &[],
    sequence: None,
    inert: false,
};

/// A record whose primary key has an absent and a normalised component.
pub(super) const REPLY: RecordSchema = RecordSchema {
    name: "Reply",
    fields: &[
        key_field::<String>("project"),
        key_field::<String>("author"),
        optional(key_field::<u32>("parent")),
        key_field::<String>("place"),
    ],
    roles: Roles { tenant: Some(0), ..NO_ROLES },
    primary: layout(&[text("replies"), norm(1)], &[slot(2), slot(3)]),
    indexes: &[index("by_parent", 1, &[text("under"), slot(2)], &[slot(1), slot(3)])],
    sequence: None,
    inert: false,
};

/// A record that is deleted softly, with unique constraints that are no paths.
pub(super) const DRAFT: RecordSchema = RecordSchema {
    name: "Draft",
    fields: &[
        key_field::<String>("project"),
        key_field::<u32>("id"),
        optional(key_field::<String>("slug")),
        optional(key_field::<i64>("count")),
        optional(field("list", Storage::Document)),
        optional(field("tags", Storage::Set(SetOf::Text))),
        key_field::<String>("status"),
        field("revision", Storage::Int),
        field("created", Storage::Timestamp),
        optional(field("expires", Storage::Timestamp)),
        optional(field("deleted", Storage::Timestamp)),
    ],
    roles: Roles {
        tenant: Some(0),
        revision: Some(7),
        created: Some(8),
        updated: None,
        expires: Some(9),
        deleted: Some(10),
    },
    primary: layout(&[text("drafts")], &[slot(1)]),
    indexes: &[
        unique(index("slugs", 0, &[text("slugs")], &[slot(2)])),
        unique(index("counts", 0, &[text("counts")], &[slot(3)])),
        index("by_status", 1, &[text("drafts"), slot(6)], &[]),
    ],
    sequence: None,
    inert: false,
};

/// A softly deleted record without a revision, and so one that is stored whatever is there.
pub(super) const MEMO: RecordSchema = RecordSchema {
    name: "Memo",
    fields: &[
        key_field::<u32>("id"),
        field("text", Storage::Text),
        field("created", Storage::Timestamp),
        optional(field("deleted", Storage::Timestamp)),
    ],
    roles: Roles { created: Some(2), deleted: Some(3), ..NO_ROLES },
    primary: layout(&[text("memos")], &[slot(0)]),
    indexes: &[],
    sequence: None,
    inert: false,
};

/// The table of all of them.
pub(super) const TABLE: TableSchema = TableSchema {
    name: "fixture",
    records: &[&TENSION, &PERSPECTIVE, &NOTE, &SETTING, &REPLY, &DRAFT, &MEMO, SYSTEM],
};
