//! What the schema item and the compiled schema have apart: what is refused, and what is added.
//!
//! Pure; [`table`](super::table) sends it. SQLite says the same of its file in
//! `backend/sqlite/plan.rs`.

use super::change::{Answer, Change, Kind};
use super::expression::Aliases;
use super::item::{Item, VERSION};
use super::put::{text, whole};
use super::sdk::types::AttributeValue;
use super::stored_schema::{
    CURRENT_ENCODING, PARTITION, RECORDS, SORT, StoredField, StoredIndex, StoredLayout,
    StoredRecord, StoredSchema,
};
use crate::schema::DynamodbTable;

/// The outcome of a comparison.
#[derive(Debug, Default)]
pub(super) struct Evolution {
    /// What does not fit.
    pub(super) differences: Vec<String>,
    /// What is to be added to the item.
    pub(super) additions: Vec<Addition>,
    /// The indexes that stored records have gained, which are to be filled before they are added:
    /// the record's name and the index's.
    pub(super) gained: Vec<(String, String)>,
}

/// An entry that the item gains.
#[derive(Clone, Debug)]
pub(super) struct Addition {
    /// Where in the map of the records.
    path: Vec<String>,
    value: AttributeValue,
}

impl Evolution {
    /// Compares; both sides are left as they are.
    pub(super) fn of(stored: &StoredSchema, compiled: &StoredSchema) -> Self {
        let mut evolution = Self::default();
        if stored.encoding != CURRENT_ENCODING {
            evolution.differences.push(format!(
                "the keys of the table are in encoding {} and those of the schema in {}",
                stored.encoding, CURRENT_ENCODING
            ));
            return evolution;
        }
        for (name, record) in &compiled.records {
            match stored.records.get(name) {
                None => evolution.add(&[name], record.attribute()),
                Some(stored) => Compare { evolution: &mut evolution, name }.record(stored, record),
            }
        }
        evolution
    }

    fn add(&mut self, path: &[&str], value: AttributeValue) {
        let path = path.iter().map(|&part| part.to_owned()).collect();
        self.additions.push(Addition { path, value });
    }
}

/// The comparison of one record.
struct Compare<'a> {
    evolution: &'a mut Evolution,
    name: &'a str,
}

impl Compare<'_> {
    fn differ(&mut self, difference: &str) {
        self.evolution.differences.push(format!("record \"{}\": {difference}", self.name));
    }

    fn record(mut self, stored: &StoredRecord, compiled: &StoredRecord) {
        if stored.primary != compiled.primary {
            self.differ(&format!(
                "the primary key is {} in the table and {} in the schema",
                shown(&stored.primary),
                shown(&compiled.primary)
            ));
        }
        for (name, field) in &compiled.fields {
            match stored.fields.get(name) {
                Some(stored) => self.field(name, stored, field),
                None => self.new_field(name, field),
            }
        }
        for (name, field) in &stored.fields {
            if !field.optional && !compiled.fields.contains_key(name) {
                self.differ(&format!(
                    "field \"{name}\" is required in the table and unknown to the schema"
                ));
            }
        }
        for (name, index) in &compiled.indexes {
            match stored.indexes.get(name) {
                Some(stored) => self.index(name, stored, index),
                None => self.evolution.gained.push((self.name.to_owned(), name.clone())),
            }
        }
    }

    fn field(&mut self, name: &str, stored: &StoredField, compiled: &StoredField) {
        if stored.storage != compiled.storage {
            self.differ(&format!(
                "field \"{name}\" is {} in the table and {} in the schema",
                stored.storage, compiled.storage
            ));
        }
        match (stored.optional, compiled.optional) {
            (true, false) => self.differ(&format!(
                "field \"{name}\" may be absent in the table and is required in the schema; make \
                 the field an `Option` or give it `#[record(default)]`"
            )),
            // Items will come that lack it, so that no program may require it from now on.
            (false, true) => {
                let path = [self.name, "fields", name, "optional"];
                self.evolution.add(&path, AttributeValue::Bool(true));
            }
            _ => {}
        }
    }

    fn new_field(&mut self, name: &str, field: &StoredField) {
        if field.optional {
            self.evolution.add(&[self.name, "fields", name], field.attribute());
            return;
        }
        self.differ(&format!(
            "field \"{name}\" is missing in the table and required in the schema; make the new \
             field an `Option` or give it `#[record(default)]`"
        ));
    }

    fn index(&mut self, name: &str, stored: &StoredIndex, compiled: &StoredIndex) {
        if stored.unique != compiled.unique {
            let words = |unique| if unique { "unique" } else { "not unique" };
            self.differ(&format!(
                "index \"{name}\" is {} in the table and {} in the schema",
                words(stored.unique),
                words(compiled.unique)
            ));
        }
        if stored.layout != compiled.layout {
            self.differ(&format!(
                "index \"{name}\" is on {} in the table and on {} in the schema",
                shown(&stored.layout),
                shown(&compiled.layout)
            ));
        }
        if stored.slot != compiled.slot {
            self.differ(&format!(
                "index \"{name}\" is in slot {} in the table and in slot {} in the schema; pin it \
                 with `slot = {}`",
                stored.slot, compiled.slot, stored.slot
            ));
        }
    }
}

fn shown(layout: &StoredLayout) -> String {
    format!("(\"{}\", \"{}\")", layout.partition, layout.sort)
}

/// The indexes gained, as entries of the item.
pub(super) fn index_additions(
    gained: &[(String, String)],
    compiled: &StoredSchema,
) -> Vec<Addition> {
    let entry = |(record, index): &(String, String)| {
        let value = compiled.records.get(record)?.indexes.get(index)?.attribute();
        let path = vec![record.clone(), "indexes".to_owned(), index.clone()];
        Some(Addition { path, value })
    };
    gained.iter().filter_map(entry).collect()
}

/// The primary key of the schema item.
pub(super) fn key() -> Item {
    Item::from([
        (DynamodbTable::PARTITION.to_owned(), text(PARTITION)),
        (DynamodbTable::SORT.to_owned(), text(SORT)),
    ])
}

/// Writes the schema item where there is none.
pub(super) fn first(schema: &StoredSchema) -> Change {
    let mut item = schema.item();
    item.insert(VERSION.to_owned(), whole(1));
    let mut aliases = Aliases::default();
    let absent = format!("attribute_not_exists({})", aliases.name(DynamodbTable::PARTITION));
    Change { kind: Kind::Put(item), condition: Some(absent), aliases }
}

/// Adds entries to the schema item if it is still of this version.
pub(super) fn extend(additions: &[Addition], version: i64) -> Change {
    let mut aliases = Aliases::default();
    let counter = aliases.name(VERSION);
    let condition = format!("{counter} = {}", aliases.value("version", whole(version)));
    let next = aliases.value("next", whole(version.saturating_add(1)));
    let mut update = format!("SET {counter} = {next}");
    let records = aliases.name(RECORDS);
    for (at, Addition { path, value }) in additions.iter().enumerate() {
        update.push_str(", ");
        update.push_str(&records);
        for part in path {
            update.push('.');
            update.push_str(&aliases.name(part));
        }
        let value = aliases.value(&format!("a{at}"), value.clone());
        update.push_str(" = ");
        update.push_str(&value);
    }
    let kind = Kind::Update { key: key(), update, answer: Answer::Nothing };
    Change { kind, condition: Some(condition), aliases }
}
