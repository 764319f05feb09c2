//! What writes do to rows, conditions and unique indexes.

use super::fixture::{Ask, Tension, at, block_on, delete, get, key, open, put, row, tenant, words};
use super::schemas::{REPLY, SETTING, TABLE, TENSION};
use crate::ErrorKind;
use crate::backend::Backend;
use crate::backend::sqlite::Sqlite;
use crate::key::TenantKey;
use crate::request::{Action, Expect, Outcome, Write};
use crate::schema::Path;
use crate::value::{Row, Value};

fn database() -> (tempfile::TempDir, std::sync::Arc<dyn Backend>) {
    let directory = tempfile::tempdir().unwrap();
    let backend = open(Sqlite::at(directory.path().join("t.db")), &TABLE).unwrap();
    (directory, backend)
}

fn tension_key(id: u32) -> Row {
    key(&TENSION, Path::Primary, &[words("d1"), Value::Int(id.into())])
}

fn stored(backend: &dyn Backend, id: u32, now: i64) -> Option<Row> {
    get(backend, &tenant("acme"), 0, &[&tension_key(id)], now).pop().map(|(_, row)| row)
}

fn save(backend: &dyn Backend, tension: &Tension, expect: Expect, now: i64) -> Outcome {
    put(backend, &tenant("acme"), 0, &tension.row("acme"), expect, now)
}

#[test]
fn an_insert_meets_a_live_row_and_replaces_an_expired_one() {
    let (_directory, backend) = database();
    let first = Tension { expires: Some(50), ..Tension::new(1) };
    let applied = save(&*backend, &first, Expect::Absent, 10);
    assert!(matches!(applied, Outcome::Applied { existed: false, created: None }), "{applied:?}");

    let second = Tension { created: 77, title: "Other".to_owned(), ..Tension::new(1) };
    let refused = save(&*backend, &second, Expect::Absent, 49);
    let Outcome::Refused { stored: Some(found) } = refused else { panic!("{refused:?}") };
    assert_eq!(found, first.row("acme"));

    let applied = save(&*backend, &second, Expect::Absent, 50);
    assert!(matches!(applied, Outcome::Applied { existed: false, created: None }), "{applied:?}");
    assert_eq!(stored(&*backend, 1, 50), Some(second.row("acme")));
}

#[test]
fn a_save_needs_the_live_row_with_its_revision_and_keeps_created() {
    let (_directory, backend) = database();
    save(&*backend, &Tension::new(1), Expect::Absent, 10);
    let next = Tension { revision: 2, created: 99, updated: 20, ..Tension::new(1) };

    let refused = save(&*backend, &next, Expect::Revision(7), 20);
    let Outcome::Refused { stored: Some(found) } = refused else { panic!("{refused:?}") };
    assert_eq!(found, Tension::new(1).row("acme"));

    let applied = save(&*backend, &next, Expect::Revision(1), 20);
    assert!(matches!(applied, Outcome::Applied { existed: true, created: None }), "{applied:?}");
    let kept = Tension { created: 10, ..next.clone() };
    assert_eq!(stored(&*backend, 1, 20), Some(kept.row("acme")));

    let missing = save(&*backend, &Tension::new(2), Expect::Revision(1), 20);
    assert!(matches!(missing, Outcome::Refused { stored: None }), "{missing:?}");
    let huge = save(&*backend, &next, Expect::Revision(u64::MAX), 20);
    assert!(matches!(huge, Outcome::Refused { stored: Some(_) }), "{huge:?}");

    let dying = Tension { revision: 3, expires: Some(30), ..next };
    save(&*backend, &dying, Expect::Revision(2), 25);
    let gone = save(&*backend, &dying, Expect::Revision(3), 30);
    assert!(matches!(gone, Outcome::Refused { stored: None }), "{gone:?}");
}

#[test]
fn an_upsert_keeps_created_of_a_live_row_and_says_so() {
    let (_directory, backend) = database();
    let note = |created| row(&[Value::Int(1), words("text"), Value::Int(created)]);
    let global = TenantKey::GLOBAL;
    let new = put(&*backend, &global, 2, &note(5), Expect::Anything, 5);
    assert!(matches!(new, Outcome::Applied { existed: false, created: None }), "{new:?}");
    let again = put(&*backend, &global, 2, &note(9), Expect::Anything, 9);
    let Outcome::Applied { existed: true, created: Some(created) } = again else {
        panic!("{again:?}")
    };
    assert_eq!(created, at(5));

    let dying = Tension { expires: Some(20), created: 1, ..Tension::new(3) };
    save(&*backend, &dying, Expect::Anything, 10);
    let fresh = Tension { created: 21, ..Tension::new(3) };
    let over = save(&*backend, &fresh, Expect::Anything, 21);
    assert!(matches!(over, Outcome::Applied { existed: false, created: None }), "{over:?}");
    assert_eq!(stored(&*backend, 3, 21), Some(fresh.row("acme")));

    // A record of key fields alone has nothing to overwrite.
    let reply = row(&[words("acme"), words("Ann"), Value::Null, words("p")]);
    for existed in [false, true] {
        let outcome = put(&*backend, &tenant("acme"), 4, &reply, Expect::Anything, 1);
        let Outcome::Applied { existed: found, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(found, existed);
    }
}

#[test]
fn a_delete_takes_what_its_condition_allows() {
    let (_directory, backend) = database();
    let acme = tenant("acme");
    save(&*backend, &Tension::new(1), Expect::Absent, 10);
    let refused = delete(&*backend, &acme, 0, &tension_key(1), Expect::Revision(2), 10);
    assert!(matches!(refused, Outcome::Refused { stored: Some(_) }), "{refused:?}");
    let other = delete(&*backend, &tenant("other"), 0, &tension_key(1), Expect::Anything, 10);
    assert!(matches!(other, Outcome::Applied { existed: false, .. }), "{other:?}");
    let done = delete(&*backend, &acme, 0, &tension_key(1), Expect::Revision(1), 10);
    assert!(matches!(done, Outcome::Applied { existed: true, .. }), "{done:?}");
    let gone = delete(&*backend, &acme, 0, &tension_key(1), Expect::Revision(1), 10);
    assert!(matches!(gone, Outcome::Refused { stored: None }), "{gone:?}");

    save(&*backend, &Tension { expires: Some(20), ..Tension::new(2) }, Expect::Absent, 10);
    let expired = delete(&*backend, &acme, 0, &tension_key(2), Expect::Anything, 20);
    assert!(matches!(expired, Outcome::Applied { existed: false, .. }), "{expired:?}");
    assert_eq!(stored(&*backend, 2, 10), None, "the expired row is removed");

    let only = key(&SETTING, Path::Primary, &[]);
    put(&*backend, &TenantKey::GLOBAL, 3, &row(&[words("v")]), Expect::Anything, 1);
    assert_eq!(get(&*backend, &TenantKey::GLOBAL, 3, &[&only], 1).len(), 1);
    let done = delete(&*backend, &TenantKey::GLOBAL, 3, &only, Expect::Anything, 1);
    assert!(matches!(done, Outcome::Applied { existed: true, .. }), "{done:?}");
    assert_eq!(get(&*backend, &TenantKey::GLOBAL, 3, &[&only], 1).len(), 0);
}

#[test]
fn a_unique_index_refuses_live_rows_and_ignores_expired_ones() {
    let (_directory, backend) = database();
    let taken = |id, title: &str| Tension { title: title.to_owned(), ..Tension::new(id) };
    save(&*backend, &Tension { expires: Some(50), ..taken(1, "A") }, Expect::Absent, 10);
    for expect in [Expect::Absent, Expect::Anything] {
        let refused = save(&*backend, &taken(2, " a "), expect, 10);
        assert!(matches!(refused, Outcome::NotUnique { index: 1 }), "{refused:?}");
    }
    save(&*backend, &taken(2, "B"), Expect::Absent, 10);
    let renamed = Tension { revision: 2, ..taken(2, "A") };
    let refused = save(&*backend, &renamed, Expect::Revision(1), 10);
    assert!(matches!(refused, Outcome::NotUnique { index: 1 }), "{refused:?}");
    let stale = save(&*backend, &renamed, Expect::Revision(9), 10);
    assert!(matches!(stale, Outcome::Refused { stored: Some(_) }), "{stale:?}");
    // The key is looked at first: the row is there, whatever its title.
    let there = save(&*backend, &taken(2, "A"), Expect::Absent, 10);
    assert!(matches!(there, Outcome::Refused { stored: Some(_) }), "{there:?}");
    let other = taken(3, "A").row("other");
    let free = put(&*backend, &tenant("other"), 0, &other, Expect::Absent, 10);
    assert!(matches!(free, Outcome::Applied { .. }), "{free:?}");

    let applied = save(&*backend, &renamed, Expect::Revision(1), 50);
    assert!(matches!(applied, Outcome::Applied { existed: true, .. }), "{applied:?}");
    assert_eq!(stored(&*backend, 1, 10), None, "the expired holder made room");
    assert_eq!(stored(&*backend, 2, 50).map(|row| row.get(4).into_owned()), Some(words("A")));
}

#[test]
fn every_write_of_a_batch_has_its_own_outcome() {
    let (_directory, backend) = database();
    let acme = tenant("acme");
    let rows: Vec<Row> = (1..=3).map(|id| Tension::new(id).row("acme")).collect();
    save(&*backend, &Tension::new(2), Expect::Absent, 10);
    // A parent that is no number has no word in the key.
    let bad = row(&[words("acme"), words("Ann"), words("not a number"), words("p")]);
    let put =
        |record, fields, expect| Write::new(&acme, record, Action::Put { fields, expect }, at(10));
    let outcomes = block_on(backend.write(&[
        put(0, &rows[0], Expect::Absent),
        put(4, &bad, Expect::Anything),
        put(0, &rows[1], Expect::Absent),
        put(1, &rows[1], Expect::Revision(1)),
        put(9, &rows[1], Expect::Absent),
        put(0, &rows[2], Expect::Absent),
    ]))
    .unwrap();
    let kinds: Vec<String> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Failed(error) => error.kind().to_string(),
            Outcome::Applied { .. } => "applied".to_owned(),
            other => format!("{other:?}").split(' ').next().unwrap().to_owned(),
        })
        .collect();
    assert_eq!(kinds, ["applied", "invalid key", "Refused", "Refused", "unsupported", "applied"]);
    assert!(stored(&*backend, 1, 10).is_some() && stored(&*backend, 3, 10).is_some());
}

#[test]
fn a_full_file_fails_what_does_not_fit_and_keeps_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::at(directory.path().join("t.db")).max_bytes(160 * 1024);
    let backend = open(sqlite, &TABLE).unwrap();
    let acme = tenant("acme");
    let rows: Vec<Row> = (1..=60)
        .map(|id| {
            let labels = if id % 3 == 0 { "x".repeat(40_000) } else { "[]".to_owned() };
            Tension { labels, ..Tension::new(id) }.row("acme")
        })
        .collect();
    let writes: Vec<Write<'_>> = rows
        .iter()
        .map(|fields| Write::new(&acme, 0, Action::Put { fields, expect: Expect::Absent }, at(10)))
        .collect();
    let outcomes = block_on(backend.write(&writes)).unwrap();
    let applied: Vec<bool> =
        outcomes.iter().map(|outcome| matches!(outcome, Outcome::Applied { .. })).collect();
    let failed = outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Failed(error) => Some(error),
        _ => None,
    });
    assert_eq!(failed.unwrap().kind(), ErrorKind::StorageFull);
    assert!(applied.contains(&true));
    for (at, applied) in applied.into_iter().enumerate() {
        let id = u32::try_from(at).unwrap() + 1;
        assert_eq!(stored(&*backend, id, 10).is_some(), applied, "{id}");
    }
    let small = save(&*backend, &Tension::new(99), Expect::Absent, 10);
    assert!(matches!(small, Outcome::Applied { .. }), "{small:?}");
}

#[test]
fn key_columns_follow_their_fields() {
    let (directory, backend) = database();
    save(
        &*backend,
        &Tension { title: "  New York ".to_owned(), ..Tension::new(1) },
        Expect::Absent,
        1,
    );
    let reply = row(&[words("acme"), words("ANN"), Value::Null, words("p")]);
    put(&*backend, &tenant("acme"), 4, &reply, Expect::Absent, 1);
    let parent = Value::Int(5);
    let reply = row(&[words("acme"), words("ANN"), parent, words("p")]);
    put(&*backend, &tenant("acme"), 4, &reply, Expect::Absent, 1);
    let file = rusqlite::Connection::open(directory.path().join("t.db")).unwrap();
    let norm: String =
        file.query_row("SELECT title__norm FROM Tension", [], |row| row.get(0)).unwrap();
    assert_eq!(norm, "new%20york");
    let keys: String = file
        .query_row(
            "SELECT group_concat(author__norm || '/' || parent__key) FROM Reply",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(keys, "ann/,ann/0000000005");
    let under = key(&REPLY, Path::Index(0), &[Value::Int(5)]);
    assert_eq!(Ask::new(4, Path::Index(0), under).run(&*backend).0, 1);
}
