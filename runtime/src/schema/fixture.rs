//! Schemas written by hand, for the unit tests of the rules.

use super::{Component, FieldSchema, IndexSchema, Layout, Placeholder, Projection, Storage};
use crate::key::KeyKind;

/// A field that stands in a key.
pub(super) const fn part(name: &'static str, kind: KeyKind) -> FieldSchema {
    FieldSchema { key: Some(kind), ..plain(name, Storage::Text) }
}

/// A field that stands in none.
pub(super) const fn plain(name: &'static str, storage: Storage) -> FieldSchema {
    FieldSchema { name, stored: name, storage, optional: false, default: false, key: None }
}

pub(super) const fn text(literal: &'static str) -> Component {
    Component { literal, placeholder: None }
}

pub(super) const fn slot(literal: &'static str, field: usize) -> Component {
    shaped(literal, Placeholder { field, width: None, norm: false })
}

pub(super) const fn wide(literal: &'static str, field: usize, width: u8) -> Component {
    shaped(literal, Placeholder { field, width: Some(width), norm: false })
}

pub(super) const fn norm(literal: &'static str, field: usize) -> Component {
    shaped(literal, Placeholder { field, width: None, norm: true })
}

const fn shaped(literal: &'static str, placeholder: Placeholder) -> Component {
    Component { literal, placeholder: Some(placeholder) }
}

pub(super) const fn layout(partition: &'static [Component], sort: &'static [Component]) -> Layout {
    Layout { partition, sort }
}

pub(super) const fn index(name: &'static str, layout: Layout, slot: u8) -> IndexSchema {
    IndexSchema { name, layout, unique: false, slot, projection: Projection::All }
}
