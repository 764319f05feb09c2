//! The derives' fixtures, compiled and run: the same files whose expansions are snapshot-tested in
//! `macros/`. Each ends in its own test.
#![expect(
    unreachable_pub,
    clippy::enum_variant_names,
    clippy::struct_field_names,
    clippy::upper_case_acronyms,
    reason = "a fixture is an input of the derives, not an interface"
)]

#[path = "../fixtures/collection.rs"]
mod collection;
#[path = "../fixtures/key_part_enum.rs"]
mod key_part_enum;
#[path = "../fixtures/key_part_newtype.rs"]
mod key_part_newtype;
#[path = "../fixtures/key_part_text.rs"]
mod key_part_text;
#[path = "../fixtures/record_deleted.rs"]
mod record_deleted;
#[path = "../fixtures/record_expires.rs"]
mod record_expires;
#[path = "../fixtures/record_fields.rs"]
mod record_fields;
#[path = "../fixtures/record_from_macro_rules.rs"]
mod record_from_macro_rules;
#[path = "../fixtures/record_indexes.rs"]
mod record_indexes;
#[path = "../fixtures/record_minimal.rs"]
mod record_minimal;
#[path = "../fixtures/record_names.rs"]
mod record_names;
#[path = "../fixtures/record_private.rs"]
mod record_private;
#[path = "../fixtures/record_projections.rs"]
mod record_projections;
#[path = "../fixtures/record_raw_identifiers.rs"]
mod record_raw_identifiers;
#[path = "../fixtures/record_renamed_crate.rs"]
mod record_renamed_crate;
#[path = "../fixtures/record_roles.rs"]
mod record_roles;
#[path = "../fixtures/record_sequence.rs"]
mod record_sequence;
#[path = "../fixtures/record_shadowed_names.rs"]
mod record_shadowed_names;
#[path = "../fixtures/record_stream.rs"]
mod record_stream;
#[path = "../fixtures/record_templates.rs"]
mod record_templates;
#[path = "../fixtures/record_unique.rs"]
mod record_unique;
#[path = "../fixtures/table.rs"]
mod table;
