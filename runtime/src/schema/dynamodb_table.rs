//! The DynamoDB form of a table: its keys and its shared indexes.
//!
//! A slot is one index of the DynamoDB table, in which records of several types may stand, each by an
//! index of its own. It has one projection, which must do for all of them.

use super::{Path, Projection, RecordSchema, TableSchema};

/// How many attributes the projection of one index may name.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Projection.html>
const MOST_IN_ONE: usize = 20;

/// How many the projections of all indexes of a table may name, an attribute counted in each.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>
const MOST: usize = 100;

/// The keys and indexes of a table on DynamoDB.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DynamodbTable {
    /// Its indexes, by slot.
    pub indexes: Vec<DynamodbIndex>,
    /// Whether a record expires.
    pub expires: bool,
}

/// An index that records share.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DynamodbIndex {
    /// Its slot, from 1.
    pub slot: u8,
    /// Its name.
    pub name: String,
    /// The attribute of its partition key.
    pub partition: String,
    /// The attribute of its sort key.
    pub sort: String,
    /// Which attributes it holds.
    pub projection: DynamodbProjection,
}

/// Which attributes an index holds besides the keys of the table and its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DynamodbProjection {
    /// All: a record in it wants that, or DynamoDB lets no index name so many attributes.
    All,
    /// These, by stored name: what tells a record's type, the fields of its primary key and of its
    /// index, its tenant and its expiry, and what it includes, for each record in turn.
    Include(Vec<&'static str>),
}

impl DynamodbTable {
    /// The attribute of the partition key.
    pub const PARTITION: &str = "pk";
    /// The attribute of the sort key.
    pub const SORT: &str = "sk";
    /// The attribute with the record's name.
    pub const TYPE: &str = "_type";
    /// The attribute that tells DynamoDB when it may remove the item.
    pub const TTL: &str = "_ttl";

    /// The name of the index in a slot.
    pub fn index_name(slot: u8) -> String {
        format!("gsi{slot}")
    }

    /// The attribute of the partition key of the index in a slot.
    pub fn index_partition(slot: u8) -> String {
        format!("gsi{slot}pk")
    }

    /// The attribute of the sort key of the index in a slot.
    pub fn index_sort(slot: u8) -> String {
        format!("gsi{slot}sk")
    }

    /// The table of a schema.
    pub fn of(schema: &'static TableSchema) -> Self {
        let mut slots: Vec<u8> = schema
            .records
            .iter()
            .flat_map(|record| record.indexes.iter().map(|index| index.slot))
            .filter(|slot| *slot > 0)
            .collect();
        slots.sort_unstable();
        slots.dedup();
        let mut indexes: Vec<_> = slots
            .into_iter()
            .map(|slot| DynamodbIndex {
                slot,
                name: Self::index_name(slot),
                partition: Self::index_partition(slot),
                sort: Self::index_sort(slot),
                projection: projection(schema, slot),
            })
            .collect();
        if indexes.iter().map(|index| index.projection.included().len()).sum::<usize>() > MOST {
            for index in &mut indexes {
                index.projection = DynamodbProjection::All;
            }
        }
        let expires = schema.records.iter().any(|record| record.roles.expires.is_some());
        Self { indexes, expires }
    }

    /// Whether an index of a record holds a field.
    ///
    /// It may hold more than the record asks for, because others have a say in a shared index.
    pub fn holds(&self, record: &RecordSchema, index: usize, field: usize) -> bool {
        let slot = record.indexes[index].slot;
        let index = self.indexes.iter().find(|index| index.slot == slot);
        index.is_some_and(|index| match &index.projection {
            DynamodbProjection::All => true,
            DynamodbProjection::Include(names) => names.contains(&record.fields[field].stored),
        })
    }

    /// Whether an index of a record holds all of its fields, so that the table need not be asked.
    pub fn covers(&self, record: &RecordSchema, index: usize) -> bool {
        (0..record.fields.len()).all(|field| self.holds(record, index, field))
    }
}

impl DynamodbProjection {
    /// The attributes that are named one by one.
    fn included(&self) -> &[&'static str] {
        match self {
            Self::All => &[],
            Self::Include(names) => names,
        }
    }
}

/// What the shared index in a slot must hold for all records that stand in it.
fn projection(schema: &TableSchema, slot: u8) -> DynamodbProjection {
    let mut names = vec![DynamodbTable::TYPE];
    for record in schema.records {
        for (at, index) in record.indexes.iter().enumerate().filter(|(_, it)| it.slot == slot) {
            let included = match index.projection {
                Projection::All => return DynamodbProjection::All,
                Projection::Keys => &[],
                Projection::Include(fields) => fields,
            };
            let keys = [Path::Primary, Path::Index(at)];
            let keys = keys.into_iter().flat_map(|path| record.placeholders(path));
            let roles = [record.roles.tenant, record.roles.expires, record.roles.deleted];
            let fields = keys
                .map(|placeholder| placeholder.field)
                .chain(roles.into_iter().flatten())
                .chain(included.iter().copied());
            for name in fields.map(|field| record.fields[field].stored) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }
    if names.len() > MOST_IN_ONE {
        return DynamodbProjection::All;
    }
    DynamodbProjection::Include(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyKind;
    use crate::schema::fixture::{index, layout, part, plain, slot, text};
    use crate::schema::{Component, FieldSchema, IndexSchema, Roles, Storage};

    const TENANT: usize = 0;
    const ID: usize = 1;
    const STATUS: usize = 2;
    const TITLE: usize = 3;
    const LABELS: usize = 4;
    const EXPIRES: usize = 5;

    const FIELDS: &[FieldSchema] = &[
        part("project", KeyKind::Text),
        part("id", KeyKind::Unsigned { bits: 32 }),
        part("status", KeyKind::Words(&["open", "done"])),
        plain("title", Storage::Text).stored("t"),
        plain("labels", Storage::Document),
        plain("until", Storage::Timestamp),
    ];
    const ROLES: Roles = Roles::NONE.tenant(TENANT).expires(EXPIRES);
    const TASKS: &[Component] = &[text("tasks")];
    const NOTES: &[Component] = &[text("notes")];
    const BY_ID: &[Component] = &[slot("", ID)];
    const BY_STATUS: &[Component] = &[slot("", STATUS)];

    /// What every index of [`task`] by its status holds.
    const HELD: [&str; 5] = ["_type", "id", "status", "project", "until"];

    fn by_status(slot: u8, projection: Projection) -> IndexSchema {
        IndexSchema { projection, ..index("by_status", layout(BY_STATUS, &[]), slot) }
    }

    fn task(indexes: Vec<IndexSchema>) -> RecordSchema {
        RecordSchema {
            name: "Task",
            fields: FIELDS,
            roles: ROLES,
            primary: layout(TASKS, BY_ID),
            indexes: indexes.leak(),
            sequence: None,
            inert: false,
        }
    }

    /// A global record whose own fields are `a`, `b`, … `z`, in an index by none of them.
    fn note(slot: u8, projection: Projection) -> RecordSchema {
        const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
        let fields: Vec<_> =
            (0..LETTERS.len()).map(|at| plain(&LETTERS[at..=at], Storage::Text)).collect();
        let all = layout(NOTES, &[]);
        RecordSchema {
            name: "Note",
            fields: fields.leak(),
            roles: Roles::NONE,
            primary: all,
            indexes: vec![IndexSchema { projection, ..index("all", all, slot) }].leak(),
            sequence: None,
            inert: false,
        }
    }

    fn table(records: Vec<RecordSchema>) -> DynamodbTable {
        let records: Vec<_> =
            records.into_iter().map(|record| &*Box::leak(Box::new(record))).collect();
        DynamodbTable::of(Box::leak(Box::new(TableSchema { name: "t", records: records.leak() })))
    }

    fn included(table: &DynamodbTable) -> Vec<&[&'static str]> {
        table.indexes.iter().map(|index| index.projection.included()).collect()
    }

    /// The positions of the first fields of [`note`], as many as are asked for.
    fn first(count: usize) -> Projection {
        Projection::Include((0..count).collect::<Vec<_>>().leak())
    }

    #[test]
    fn a_slot_is_named_after_its_number() {
        let table = table(vec![
            task(vec![by_status(12, Projection::All), by_status(3, Projection::Keys)]),
            note(3, Projection::Keys),
        ]);
        let names: Vec<_> = table
            .indexes
            .iter()
            .map(|index| (index.slot, &*index.name, &*index.partition, &*index.sort))
            .collect();
        assert_eq!(names, [(3, "gsi3", "gsi3pk", "gsi3sk"), (12, "gsi12", "gsi12pk", "gsi12sk")]);
        assert!(table.expires);
    }

    #[test]
    fn a_table_without_indexes_has_none() {
        let table = table(vec![RecordSchema { indexes: &[], ..note(1, Projection::All) }]);
        assert_eq!(table, DynamodbTable { indexes: vec![], expires: false });
    }

    #[test]
    fn an_index_holds_what_makes_its_records_readable() {
        let with_labels = Projection::Include(&[LABELS, TITLE]);
        let table = table(vec![task(vec![
            by_status(1, Projection::Keys),
            by_status(2, with_labels),
            by_status(3, Projection::All),
        ])]);
        let [_, id, status, project, until] = HELD;
        assert_eq!(
            included(&table),
            [&HELD[..], &["_type", id, status, project, until, "labels", "t"], &[]]
        );
        assert_eq!(table.indexes[2].projection, DynamodbProjection::All);
    }

    #[test]
    fn a_shared_index_holds_what_each_of_its_records_needs() {
        let shared = table(vec![
            task(vec![by_status(1, Projection::Include(&[TITLE]))]),
            note(1, Projection::Include(&[1, 19])),
        ]);
        let names = ["_type", "id", "status", "project", "until", "t", "b"];
        // The note's `t` and the task's title are one attribute.
        assert_eq!(included(&shared), [names]);

        let one_wants_all = table(vec![
            task(vec![by_status(1, Projection::Keys), by_status(2, Projection::Keys)]),
            note(1, Projection::All),
        ]);
        assert_eq!(one_wants_all.indexes[0].projection, DynamodbProjection::All);
        assert_eq!(included(&one_wants_all)[1], HELD);
    }

    #[test]
    fn an_index_that_would_name_too_many_attributes_holds_all() {
        let fits = table(vec![note(1, first(MOST_IN_ONE - 1))]);
        assert_eq!(included(&fits)[0].len(), MOST_IN_ONE);
        let exceeds = table(vec![note(1, first(MOST_IN_ONE))]);
        assert_eq!(exceeds.indexes[0].projection, DynamodbProjection::All);
        let together = table(vec![
            task(vec![by_status(1, Projection::Keys)]),
            note(1, first(MOST_IN_ONE - HELD.len() + 1)),
        ]);
        assert_eq!(together.indexes[0].projection, DynamodbProjection::All);
    }

    #[test]
    fn indexes_that_would_name_too_many_attributes_together_hold_all() {
        let full = |slots: u8| (1..=slots).map(|slot| note(slot, first(MOST_IN_ONE - 1)));
        let fits = table(full(5).collect());
        assert_eq!(included(&fits).concat().len(), MOST);
        let exceeds = table(full(5).chain([note(6, Projection::Keys)]).collect());
        assert!(exceeds.indexes.iter().all(|it| it.projection == DynamodbProjection::All));
    }

    #[test]
    fn an_index_covers_a_record_of_which_it_holds_every_field() {
        let record = task(vec![
            by_status(1, Projection::Keys),
            by_status(2, Projection::Include(&[TITLE])),
            by_status(3, Projection::Include(&[TITLE, LABELS])),
            by_status(4, Projection::All),
        ]);
        let indexes = record.indexes;
        let table = table(vec![record]);
        let record = RecordSchema { indexes, ..task(vec![]) };
        let held = |index: usize| -> Vec<usize> {
            (0..FIELDS.len()).filter(|field| table.holds(&record, index, *field)).collect()
        };
        assert_eq!(held(0), [TENANT, ID, STATUS, EXPIRES]);
        assert_eq!(held(1), [TENANT, ID, STATUS, TITLE, EXPIRES]);
        assert_eq!(held(2).len(), FIELDS.len());
        assert_eq!(
            [0, 1, 2, 3].map(|index| table.covers(&record, index)),
            [false, false, true, true]
        );
    }
}
