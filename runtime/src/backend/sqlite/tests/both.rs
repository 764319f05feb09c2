//! Two backends that are asked the same, memory and SQLite, and a generator of what to ask.

use std::fmt::Write as _;
use std::sync::Arc;

use super::fixture::{Ask, Collect, at, block_on, open, put, tenant};
use super::schemas::TABLE;
use crate::backend::memory::Memory;
use crate::backend::sqlite::Sqlite;
use crate::backend::{Backend, Engine};
use crate::key::TenantKey;
use crate::request::{Action, Change, Expect, Get, Outcome, Patch, Sweep, Transacted, Write};
use crate::schema::Path;
use crate::value::{Row, Value};

/// A small generator of numbers, the same at every run (Steele and others, `SplitMix64`).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    pub(super) fn number(&mut self, bound: u32) -> u32 {
        u32::try_from(self.below(bound.into())).unwrap()
    }

    pub(super) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    pub(super) fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }
}

/// Both backends.
pub(super) struct Both {
    _directory: tempfile::TempDir,
    pub(super) sqlite: Arc<dyn Backend>,
    memory: Arc<dyn Backend>,
}

impl Both {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let sqlite = open(Sqlite::at(directory.path().join("t.db")), &TABLE).unwrap();
        let memory = block_on(Engine::open(Box::new(Memory::new()), &TABLE)).unwrap();
        Self { _directory: directory, sqlite, memory }
    }

    pub(super) fn put(
        &self,
        owner: &TenantKey,
        record: usize,
        row: &Row,
        expect: Expect,
        now: i64,
    ) {
        let [sqlite, memory] = [&self.sqlite, &self.memory]
            .map(|backend| format!("{:?}", put(&**backend, owner, record, row, expect, now)));
        assert_eq!(sqlite, memory);
    }

    /// Compares a query and returns how many rows it found.
    pub(super) fn same(&self, ask: &Ask) -> usize {
        let sqlite = ask.run(&*self.sqlite);
        assert_eq!(sqlite, ask.run(&*self.memory), "{ask:?}");
        sqlite.0
    }

    /// Writes, each for itself.
    pub(super) fn write(&self, writes: &[Write<'_>]) -> Vec<Outcome> {
        let [sqlite, memory] =
            [&self.sqlite, &self.memory].map(|backend| block_on(backend.write(writes)).unwrap());
        assert_eq!(format!("{sqlite:?}"), format!("{memory:?}"), "{}", show(writes));
        sqlite
    }

    /// One write.
    pub(super) fn one(&self, write: Write<'_>) -> Outcome {
        self.write(&[write]).pop().unwrap()
    }

    /// Writes, all or none; an error by its kind and message.
    pub(super) fn transact(&self, writes: &[Write<'_>]) -> Result<Transacted, String> {
        let [sqlite, memory] = [&self.sqlite, &self.memory].map(|backend| {
            block_on(backend.transact(writes))
                .map_err(|error| format!("{:?}: {error}", error.kind()))
        });
        assert_eq!(format!("{sqlite:?}"), format!("{memory:?}"), "{}", show(writes));
        sqlite
    }

    /// Removes all expired rows of a record in steps and returns how many there were.
    pub(super) fn sweep(&self, record: usize, limit: usize, now: i64) -> usize {
        let [sqlite, memory] = [&self.sqlite, &self.memory].map(|backend| {
            let limit = limit.try_into().unwrap();
            let mut sweep = Sweep { record, now: at(now), after: None, limit };
            let mut removed = 0;
            loop {
                let swept = block_on(backend.sweep(&sweep)).unwrap();
                assert!(swept.removed <= sweep.limit.get());
                removed += swept.removed;
                sweep.after = swept.resume;
                if sweep.after.is_none() {
                    return removed;
                }
            }
        });
        assert_eq!(sqlite, memory);
        sqlite
    }

    /// All that is stored of a record and has not expired at 20.
    pub(super) fn all(&self, record: usize) -> Vec<(usize, Row)> {
        self.compare(record, 20);
        Self::whole(record, 20).run(&*self.sqlite).1
    }

    /// Reads at one moment, on both.
    pub(super) fn snapshot(&self, gets: &[Get<'_>], records: &[usize]) -> Vec<(usize, Row)> {
        let [sqlite, memory] = [&self.sqlite, &self.memory].map(|backend| {
            let mut rows = Collect::of(records);
            block_on(backend.snapshot(gets, &mut rows)).unwrap();
            rows.rows
        });
        assert_eq!(sqlite, memory);
        sqlite
    }

    fn whole(record: usize, now: i64) -> Ask {
        let schema = TABLE.records[record];
        let fixed = schema.primary.partition.iter().filter_map(|part| part.placeholder);
        assert_eq!(fixed.count(), 0, "a partition without placeholders");
        Ask { deleted: true, now, ..Ask::new(record, Path::Primary, Row::default()) }
    }

    /// Compares all that is stored of a record, what is marked and what expires after `now` included.
    pub(super) fn compare(&self, record: usize, now: i64) -> usize {
        let whole = Self::whole(record, now);
        self.same(&Ask { count_only: true, ..whole.clone() });
        self.same(&Ask { deleted: false, ..whole.clone() });
        self.same(&whole)
    }
}

fn show(writes: &[Write<'_>]) -> String {
    let mut out = String::new();
    for write in writes {
        let action = match write.action {
            Action::Put { expect, .. } => format!("put {expect:?}"),
            Action::Patch { key, patch, expect } => format!("patch {key:?} {patch:?} {expect:?}"),
            Action::Delete { key, expect } => format!("delete {key:?} {expect:?}"),
            Action::Check { key, expect } => format!("check {key:?} {expect:?}"),
        };
        let Write { when, deleted, now, .. } = write;
        let _ = writeln!(out, "{action} when {when:?} deleted {deleted} now {now:?}");
    }
    out
}

/// A `Draft` of tenant `acme`.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) id: i64,
    pub(super) slug: Option<&'static str>,
    pub(super) count: Option<i64>,
    pub(super) list: Option<&'static str>,
    pub(super) tags: Option<&'static str>,
    pub(super) revision: i64,
    pub(super) created: i64,
    pub(super) expires: Option<i64>,
    pub(super) deleted: Option<i64>,
}

/// The positions of its fields that the tests change.
pub(super) mod field {
    pub(in super::super) const SLUG: usize = 2;
    pub(in super::super) const COUNT: usize = 3;
    pub(in super::super) const LIST: usize = 4;
    pub(in super::super) const TAGS: usize = 5;
    pub(in super::super) const STATUS: usize = 6;
    pub(in super::super) const REVISION: usize = 7;
    pub(in super::super) const EXPIRES: usize = 9;
    pub(in super::super) const DELETED: usize = 10;
}

/// The record's position.
pub(super) const DRAFTS: usize = 5;

impl Draft {
    pub(super) fn new(id: i64) -> Self {
        Self {
            id,
            slug: None,
            count: None,
            list: None,
            tags: None,
            revision: 1,
            created: 10,
            expires: None,
            deleted: None,
        }
    }

    pub(super) fn row(&self) -> Row {
        let text =
            |text: Option<&'static str>| text.map_or(Value::Null, |it| Value::Text(it.into()));
        let int = |number: Option<i64>| number.map_or(Value::Null, Value::Int);
        super::fixture::row(&[
            Value::Text("acme".into()),
            Value::Int(self.id),
            text(self.slug),
            int(self.count),
            text(self.list),
            text(self.tags),
            Value::Text("open".into()),
            Value::Int(self.revision),
            Value::Int(self.created),
            int(self.expires),
            int(self.deleted),
        ])
    }
}

/// The tenant of all drafts.
pub(super) fn acme() -> TenantKey {
    tenant("acme")
}

/// A patch of these changes.
pub(super) fn patch(steps: &[(usize, Change, Value<'_>)]) -> Patch {
    let mut patch = Patch::default();
    for (field, change, operand) in steps {
        patch.push(*field, *change, |to| operand.write(to)).unwrap();
    }
    patch
}

/// The key of a draft.
pub(super) fn draft_key(id: i64) -> Row {
    super::fixture::row(&[Value::Int(id)])
}

/// A patch of the live draft.
pub(super) fn patching<'w>(
    tenant: &'w TenantKey,
    key: &'w Row,
    patch: &'w Patch,
    now: i64,
) -> Write<'w> {
    Write::new(tenant, DRAFTS, Action::Patch { key, patch, expect: Expect::Present }, at(now))
}
