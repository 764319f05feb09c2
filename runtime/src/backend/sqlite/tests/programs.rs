//! Random programs of every kind of write, on both backends.

use super::both::{Both, DRAFTS, Draft, Random, acme, draft_key, field, patch};
use super::fixture::at;
use crate::key::TenantKey;
use crate::request::{Action, Change, Compare, Expect, Filter, Outcome, Patch, Transacted, Write};
use crate::value::{Row, Value};

const SLUGS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// A write that owns its parts.
struct Owned {
    key: Row,
    row: Row,
    patch: Patch,
    when: Option<Filter>,
    expect: Expect,
    action: u64,
    deleted: bool,
    now: i64,
}

fn expect(random: &mut Random) -> Expect {
    match random.below(5) {
        0 => Expect::Absent,
        1 => Expect::Present,
        2 => Expect::Anything,
        _ => Expect::Revision(random.below(3) + 1),
    }
}

fn changes(random: &mut Random) -> Patch {
    let slug = random.pick(&SLUGS).to_owned();
    let number = i64::from(random.number(9)) - 3;
    let steps = [
        (field::SLUG, Change::Set, Value::Text(slug.into())),
        (field::SLUG, Change::Remove, Value::Null),
        (field::COUNT, Change::Add { min: -2, max: 30 }, Value::Int(number)),
        (field::COUNT, Change::SetIfAbsent, Value::Int(number)),
        (field::LIST, Change::Append, Value::Text("[1]".into())),
        (field::TAGS, Change::Insert, Value::Text(r#"["t"]"#.into())),
        (field::TAGS, Change::Take, Value::Text(r#"["t"]"#.into())),
        (field::STATUS, Change::Set, Value::Text("closed".into())),
        (field::REVISION, Change::Add { min: 0, max: 9 }, Value::Int(1)),
        (field::EXPIRES, Change::Set, Value::Int(20 + number)),
        (field::DELETED, Change::Set, Value::Int(20)),
        (field::DELETED, Change::Remove, Value::Null),
    ];
    let mut chosen: Vec<(usize, Change, Value<'_>)> = Vec::new();
    for step in steps {
        if random.chance(6) && chosen.iter().all(|(at, ..)| *at != step.0) {
            chosen.push(step);
        }
    }
    patch(&chosen)
}

fn owned(random: &mut Random, id: i64, now: i64) -> Owned {
    let draft = Draft {
        slug: random.chance(2).then(|| SLUGS[usize::try_from(random.below(5)).unwrap()]),
        count: random.chance(2).then(|| i64::from(random.number(12))),
        tags: random.chance(3).then_some(r#"["s","t"]"#),
        revision: i64::from(random.number(3)) + 1,
        created: now,
        expires: random.chance(3).then(|| now + i64::from(random.number(6)) - 1),
        deleted: random.chance(6).then_some(now),
        ..Draft::new(id)
    };
    let count = Value::Int(i64::from(random.number(8)));
    let compare = Filter::Compare { field: field::COUNT, compare: Compare::Less, value: count };
    Owned {
        key: draft_key(id),
        row: draft.row(),
        patch: changes(random),
        when: random.chance(3).then_some(compare),
        expect: expect(random),
        action: random.below(4),
        deleted: random.chance(3),
        now,
    }
}

impl Owned {
    fn write<'w>(&'w self, tenant: &'w TenantKey, transaction: bool) -> Write<'w> {
        let Self { key, row, patch, expect, .. } = self;
        let expect = *expect;
        let action = match self.action {
            3 if transaction => Action::Check { key, expect },
            0 | 3 => Action::Put { fields: row, expect },
            1 => Action::Patch { key, patch, expect },
            _ => Action::Delete { key, expect },
        };
        let when = self.when.as_ref().filter(|_| !matches!(action, Action::Put { .. }));
        let write = Write::new(tenant, DRAFTS, action, at(self.now));
        Write { when, deleted: self.deleted, ..write }
    }
}

#[derive(Default)]
struct Tally {
    applied: usize,
    refused: usize,
    taken: usize,
    failed: usize,
    committed: usize,
    rolled_back: usize,
    invalid: usize,
}

impl Tally {
    fn count(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Applied { .. } | Outcome::Patched(_) => &mut self.applied,
            Outcome::Refused { .. } => &mut self.refused,
            Outcome::NotUnique { .. } => &mut self.taken,
            _ => &mut self.failed,
        } += 1;
    }

    fn least(&self) -> usize {
        let Self { applied, refused, taken, failed, committed, rolled_back, invalid } = *self;
        [applied, refused, taken, failed, committed, rolled_back, invalid]
            .into_iter()
            .min()
            .unwrap()
    }
}

#[test]
fn random_writes_and_transactions_do_as_memory_does() {
    let random = &mut Random(7);
    let tenant = acme();
    let mut tally = Tally::default();
    for _ in 0..12 {
        let both = Both::new();
        for step in 0..250 {
            let now = 20 + step / 25;
            let id = |random: &mut Random| i64::from(random.number(9));
            match random.below(8) {
                0 => {
                    both.sweep(DRAFTS, 2, now);
                }
                1..=3 => {
                    let mut owned: Vec<Owned> = Vec::new();
                    for _ in 0..=random.below(3) {
                        let id = id(random);
                        owned.push(self::owned(random, id, now));
                    }
                    let writes: Vec<Write<'_>> =
                        owned.iter().map(|owned| owned.write(&tenant, true)).collect();
                    match both.transact(&writes) {
                        Ok(Transacted::Committed(_)) => tally.committed += 1,
                        Ok(_) => tally.rolled_back += 1,
                        Err(_) => tally.invalid += 1,
                    }
                }
                _ => {
                    let id = id(random);
                    let owned = owned(random, id, now);
                    tally.count(&both.one(owned.write(&tenant, false)));
                }
            }
            both.compare(DRAFTS, now);
            both.compare(DRAFTS, 0);
        }
    }
    assert!(tally.least() > 15, "{}", tally.least());
}
