//! The schema of a record, a table and a collection: plain `const` data.
//!
//! The derives emit these values and nothing else knows a record's shape: keys, requests, SQL and
//! every artefact are computed from them. Positions ([`FieldSchema`] by index) stand for names, so
//! no name is looked up while the program runs.

mod dynamodb_table;
#[cfg(test)]
mod fixture;
mod message;
mod reader;
pub mod rules;
mod shape;
mod sqlite_ddl;
pub(crate) mod system;

use std::fmt;

pub use crate::key::KeyKind;
pub use dynamodb_table::{DynamodbIndex, DynamodbProjection, DynamodbTable};
pub use reader::Reader;
pub use sqlite_ddl::{ColumnSource, SqliteColumn, SqliteIndex, SqliteTable, quote};
pub use system::SYSTEM;

/// A table: the records that share one DynamoDB table or one SQLite database.
#[derive(Debug, PartialEq)]
pub struct TableSchema {
    /// Its name.
    pub name: &'static str,
    /// Its records, in the order of the table's declaration, and last [`SYSTEM`], which holds what keyloom
    /// itself has to remember.
    pub records: &'static [&'static RecordSchema],
}

/// One record: its fields and the paths by which it is reached.
#[derive(Debug, PartialEq)]
pub struct RecordSchema {
    /// Its name: the type tag on DynamoDB, the table's name on SQLite.
    pub name: &'static str,
    /// Its stored fields, in the order of the struct.
    pub fields: &'static [FieldSchema],
    /// Which fields have a role.
    pub roles: Roles,
    /// The primary key.
    pub primary: Layout,
    /// The declared indexes, in their order.
    pub indexes: &'static [IndexSchema],
    /// How it is numbered, if it is.
    pub sequence: Option<Sequence>,
    /// Whether the derive refused the struct, so that no further rule need speak of it.
    pub inert: bool,
}

/// One stored field.
#[derive(Debug, PartialEq)]
pub struct FieldSchema {
    /// The field's name in Rust.
    pub name: &'static str,
    /// The name it is stored under.
    pub stored: &'static str,
    /// How it is stored.
    pub storage: Storage,
    /// Whether the field is an `Option`.
    pub optional: bool,
    /// Whether the field has a default for records stored without it.
    pub default: bool,
    /// How it is written in a key, where a template names it or it is the tenant.
    pub key: Option<KeyKind>,
}

/// How a field is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Storage {
    /// A boolean, `Int(0)` or `Int(1)`.
    Bool,
    /// An integer.
    Int,
    /// A floating-point number.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A time, `Int` in microseconds since 1970.
    Timestamp,
    /// A set, absent where it is empty, else `Text` holding a JSON list, or a tree.
    Set(SetOf),
    /// A nested serde value, `Text` holding JSON, or a tree.
    Document,
}

/// What the elements of a set are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOf {
    /// Text.
    Text,
    /// Integers.
    Number,
    /// Bytes.
    Bytes,
}

/// The fields with a role, by position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// The tenant; a record without one is global.
    pub tenant: Option<usize>,
    /// The revision.
    pub revision: Option<usize>,
    /// When the record was first written.
    pub created: Option<usize>,
    /// When the record was last written.
    pub updated: Option<usize>,
    /// When the record stops to exist.
    pub expires: Option<usize>,
    /// When the record was softly deleted.
    pub deleted: Option<usize>,
}

/// How keyloom numbers the records of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// The position of the field that holds the number.
    pub field: usize,
    /// The greatest number that the field holds.
    pub max: u64,
    /// The template of the scope in which numbers are unique; empty for the record's own partition.
    pub scope: &'static [Component],
    /// Whether the records are a stream: numbered without holes, and never changed.
    pub stream: bool,
}

/// The templates of one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The partition template's components.
    pub partition: &'static [Component],
    /// The sort template's components.
    pub sort: &'static [Component],
}

/// The text between two `#` of a template: a literal, a placeholder, or a literal and then one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// The literal, or the literal prefix of the placeholder.
    pub literal: &'static str,
    /// The placeholder.
    pub placeholder: Option<Placeholder>,
}

/// A `{field}` of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// The field's position.
    pub field: usize,
    /// The decimal width, where the template gives one.
    pub width: Option<u8>,
    /// Whether the key holds the trimmed and lower-cased text.
    pub norm: bool,
}

/// A declared index.
#[derive(Debug, PartialEq)]
pub struct IndexSchema {
    /// Its name.
    pub name: &'static str,
    /// Its templates; an empty sort orders by the primary key alone.
    pub layout: Layout,
    /// Whether two records of one tenant may not share its key.
    pub unique: bool,
    /// The shared index of the DynamoDB table that holds it, from 1; zero for a unique constraint that
    /// is no path of queries.
    pub slot: u8,
    /// Which fields it holds on DynamoDB.
    pub projection: Projection,
}

/// Which fields a DynamoDB index holds; the others are read from the table. Memory and SQLite have
/// whole records behind every index, so there it says nothing.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Projections>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Projection {
    /// Every field.
    #[default]
    All,
    /// Only what every index holds: the fields of the primary key and of the index's own key, the
    /// tenant, and the fields with the roles `expires` and `deleted`.
    Keys,
    /// Those, and the fields at these positions.
    Include(&'static [usize]),
}

/// One way to reach records: the primary key, or an index by its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// The primary key.
    Primary,
    /// The index at this position.
    Index(usize),
}

impl TableSchema {
    /// The records that the table's declaration lists.
    pub fn listed(&self) -> &'static [&'static RecordSchema] {
        match self.records {
            [listed @ .., last] if last.name == SYSTEM.name => listed,
            all => all,
        }
    }

    /// The position of [`SYSTEM`].
    pub fn system(&self) -> Option<usize> {
        self.records.iter().position(|record| record.name == SYSTEM.name)
    }

    /// The SQL statements that create this table's SQLite database, in order, each ending in `;`.
    ///
    /// ```
    /// # use keyloom::{Record, Table};
    /// # #[derive(Record)]
    /// # #[record(global, partition = "notes", sort = "{id}")]
    /// # struct Note { id: u32, text: String }
    /// # #[derive(Table)]
    /// # #[table(name = "notes", records(Note))]
    /// # struct Notes;
    /// assert!(Notes::schema().sqlite_ddl().starts_with("CREATE TABLE \"Note\""));
    /// ```
    pub fn sqlite_ddl(&self) -> String {
        self.records.iter().map(|record| SqliteTable::of(record).ddl()).collect()
    }
}

impl RecordSchema {
    /// The templates of a path.
    pub const fn layout(&self, path: Path) -> &Layout {
        match path {
            Path::Primary => &self.primary,
            Path::Index(at) => &self.indexes[at].layout,
        }
    }

    /// The path's name in messages: an index's own, or `primary key`.
    pub const fn path_name(&self, path: Path) -> &'static str {
        match path {
            Path::Primary => "primary key",
            Path::Index(at) => self.indexes[at].name,
        }
    }

    /// The placeholders of a path, those of the partition first.
    pub fn placeholders(&self, path: Path) -> impl Iterator<Item = &'static Placeholder> + use<> {
        let layout = *self.layout(path);
        layout.partition.iter().chain(layout.sort).filter_map(|part| part.placeholder.as_ref())
    }

    /// In which form the placeholder's value stands in a row of key values, and so in a column.
    pub const fn form(&self, path: Path, placeholder: &Placeholder) -> KeyForm {
        if placeholder.norm {
            return KeyForm::Norm;
        }
        match path {
            Path::Primary if self.fields[placeholder.field].optional => KeyForm::Text,
            // A record with an absent field is not in the index, so the field itself serves.
            _ => KeyForm::Field,
        }
    }
}

/// How the value of a placeholder is held outside of key text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// As the field itself, whose order is the key's order.
    Field,
    /// As its key text, because absence has a place in the order too.
    Text,
    /// As its normalised key text.
    Norm,
}

impl FieldSchema {
    /// Whether a stored record may lack the field.
    pub const fn nullable(&self) -> bool {
        self.optional || self.default
    }
}

/// Writes a template as its author wrote it.
impl Layout {
    /// The template that these components came from.
    pub fn template<'a>(
        components: &'a [Component],
        fields: &'a [FieldSchema],
    ) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| {
            for (at, component) in components.iter().enumerate() {
                if at > 0 {
                    f.write_str("#")?;
                }
                f.write_str(component.literal)?;
                if let Some(placeholder) = &component.placeholder {
                    write!(f, "{{{}", fields[placeholder.field].name)?;
                    if let Some(width) = placeholder.width {
                        write!(f, ":{width}")?;
                    }
                    if placeholder.norm {
                        f.write_str(":norm")?;
                    }
                    f.write_str("}")?;
                }
            }
            Ok(())
        })
    }
}
