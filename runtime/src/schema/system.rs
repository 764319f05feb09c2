//! [`SYSTEM`]: the record in which keyloom keeps what it must remember itself.

use super::{Component, FieldSchema, Layout, Placeholder, RecordSchema, Roles, Storage};
use crate::key::KeyKind;

/// The kinds of system records.
pub(crate) const SEQUENCE: &str = "seq";
/// See [`SEQUENCE`].
pub(crate) const STREAM: &str = "stream";
/// See [`SEQUENCE`].
pub(crate) const ONCE: &str = "once";

/// The positions of its fields.
pub(crate) mod field {
    pub(crate) const OWNER: usize = 0;
    pub(crate) const KIND: usize = 1;
    pub(crate) const NAME: usize = 2;
    pub(crate) const NUMBER: usize = 3;
    pub(crate) const TRIMMED: usize = 4;
    pub(crate) const EXPIRES: usize = 5;
}

/// The last numbers of sequences and streams, and the idempotency tokens of transactions.
///
/// It is a record like any other, so each engine stores it as it stores records. No component of a
/// template begins with `$`, so no query of another record meets its partition
/// `{tenant}#$seq#{name}`. The tenant is its key text, which is empty for global records.
pub const SYSTEM: &RecordSchema = &RecordSchema {
    name: "$system",
    fields: &[
        key("owner"),
        key("kind"),
        key("name"),
        plain("number", Storage::Int),
        plain("trimmed", Storage::Int),
        plain("expires", Storage::Timestamp),
    ],
    roles: Roles { tenant: Some(field::OWNER), expires: Some(field::EXPIRES), ..Roles::NONE },
    primary: Layout {
        partition: &[component("$", field::KIND), component("", field::NAME)],
        sort: &[Component { literal: "$", placeholder: None }],
    },
    indexes: &[],
    sequence: None,
    inert: false,
};

const fn plain(name: &'static str, storage: Storage) -> FieldSchema {
    FieldSchema { name, stored: name, storage, optional: true, default: false, key: None }
}

const fn key(name: &'static str) -> FieldSchema {
    FieldSchema { optional: false, key: Some(KeyKind::Text), ..plain(name, Storage::Text) }
}

const fn component(literal: &'static str, field: usize) -> Component {
    Component { literal, placeholder: Some(Placeholder { field, width: None, norm: false }) }
}
