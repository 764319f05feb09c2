//! [`Workload`]: what is measured of each library.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// One kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// 100,000 inserts; always the first, for it makes the data that the others use.
    BulkInsert,
    /// One record by its key.
    PointGet,
    /// The newest 100 of a conversation.
    Page,
    /// All 10,000 records of a conversation.
    Scan,
    /// A compare-and-set of a whole record at `synchronous=NORMAL`.
    Save,
    /// One field of a record and its revision, without reading it first, and the record that it makes.
    Update,
    /// Many records by their keys, as cheaply as the library can.
    ScopedGets,
    /// A compare-and-set at `synchronous=FULL`, one after the other.
    DurableSave,
    /// The same from 16 tasks at once.
    DurableSaves16,
    /// The same from 64 tasks at once.
    DurableSaves64,
    /// The memory of a scan; for a process that was started for this alone.
    ScanMemory,
}

impl Workload {
    /// The workloads of a round, in their order.
    pub const ROUND: [Self; 10] = [
        Self::BulkInsert,
        Self::PointGet,
        Self::Page,
        Self::Scan,
        Self::Save,
        Self::Update,
        Self::ScopedGets,
        Self::DurableSave,
        Self::DurableSaves16,
        Self::DurableSaves64,
    ];

    /// Its name between driver and library, and in the results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BulkInsert => "bulk-insert",
            Self::PointGet => "point-get",
            Self::Page => "page",
            Self::Scan => "scan",
            Self::Save => "save",
            Self::Update => "update",
            Self::ScopedGets => "scoped-gets",
            Self::DurableSave => "durable-save",
            Self::DurableSaves16 => "durable-saves-16",
            Self::DurableSaves64 => "durable-saves-64",
            Self::ScanMemory => "scan-memory",
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Workload {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let mut all = Self::ROUND.into_iter().chain([Self::ScanMemory]);
        all.find(|workload| workload.name() == name)
            .ok_or_else(|| format!("no workload has the name {name}").into())
    }
}
