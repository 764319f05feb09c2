//! Indexes that are added and filled, and the schema item that grows.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use keyloom::{ErrorKind, Table};
use keyloom_dynamodb_engine::Fault;
use keyloom_dynamodb_engine::faults::{Answer, Exchange, Loss};

use super::{Place, base, version};

version!(indexed, [
    partition = "list#{list}",
    sort = "{id}",
    index(by_title, partition = "titles", sort = "{title}", slot = 1),
    index(by_note, partition = "notes", sort = "{note}", slot = 2),
    index(by_list, partition = "lists#{list}", slot = 3)
], {
    #[record(tenant)]
    pub(crate) owner: String,
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    #[record(expires)]
    pub(crate) expires: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

/// Asserts that the records are in both new indexes, those without a note in one of them.
async fn assert_filled(place: &Place, records: usize) {
    let store = place.open::<indexed::Tasks>().await.expect("it fits");
    assert_eq!(place.operations(), ["DescribeTable", "DescribeTimeToLive", "GetItem"]);
    let tasks = store.tenant(&"zoe".to_owned());
    let listed = tasks.query(indexed::Task::by_list("l")).all().await.unwrap();
    assert_eq!(listed.len(), records);
    let noted = tasks.query(indexed::Task::by_note()).all().await.unwrap();
    assert_eq!(noted.len(), records / 2);
    assert!(noted.iter().all(|task| task.note.is_some()));
    let others = store.tenant(&"adam".to_owned());
    assert!(others.query(indexed::Task::by_list("l")).all().await.unwrap().is_empty());
    place.faults.take();
}

#[tokio::test]
async fn missing_indexes_are_added_and_filled() {
    let place = Place::with(3).await;
    let adding = place.engine().add_missing_indexes();
    indexed::Tasks::open(adding).await.expect("they are added");
    let sent = place.faults.take();
    let mut shown: Vec<String> = sent
        .iter()
        .map(Exchange::request)
        .filter(|request| !matches!(request.operation(), "DescribeTable" | "GetItem" | "Scan"))
        .map(|request| {
            let json = serde_json::to_string_pretty(&request.json()).expect("it is JSON");
            format!("{} {json}\n", request.operation())
        })
        // The ids of the writes are chance.
        .map(|text| match text.find("\":_w1\": {") {
            Some(at) => {
                let value = at + text[at..].find("\"S\": \"").expect("an id is text") + 6;
                format!("{}…{}", &text[..value], &text[value + 16..])
            }
            None => text,
        })
        .collect();
    // Items come in no order.
    let filled = shown.iter().position(|text| text.starts_with("UpdateItem")).expect("filled");
    shown[filled..filled + 3].sort();
    insta::assert_snapshot!(shown.concat().replace(place.endpoint.prefix(), ""));
    let scans = sent.iter().filter(|one| one.request().operation() == "Scan").count();
    assert_eq!(scans, 4);
    assert_filled(&place, 3).await;

    // The old program still opens and reads, and is left out of the new indexes.
    let old = place.open::<base::Tasks>().await.expect("it fits");
    let stored = old.tenant(&"zoe".to_owned()).get(base::Task::key("l", 2)).await.unwrap();
    assert_eq!(stored.expect("it is stored").revision.get(), 1);
    // Nothing is left to be added.
    place.faults.take();
    let adding = place.engine().add_missing_indexes();
    indexed::Tasks::open(adding).await.expect("it fits");
    assert_eq!(place.operations(), ["DescribeTable", "DescribeTimeToLive", "GetItem"]);
}

#[tokio::test]
async fn an_interrupted_filling_is_gone_on_with() {
    let place = Place::with(40).await;
    for allowed in [0, 5, 20] {
        let updates = AtomicUsize::new(0);
        place.faults.set(move |request, _| {
            let fills = request.operation() == "UpdateItem";
            if fills && updates.fetch_add(1, Ordering::SeqCst) >= allowed {
                return Fault::error(400, "AccessDeniedException", "no more");
            }
            Fault::Pass
        });
        let adding = place.engine().add_missing_indexes();
        let error = indexed::Tasks::open(adding).await.map(drop).expect_err("it is interrupted");
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        place.faults.clear();
        // The table has the indexes, but a program that would trust them is refused.
        let told = place.refusal::<indexed::Tasks>(place.engine()).await;
        assert!(told.contains("index \"by_note\" is missing in the table"), "{told}");
    }
    place.faults.take();
    indexed::Tasks::open(place.engine().add_missing_indexes()).await.expect("it is completed");
    let updates = place.operations().iter().filter(|one| *one == "UpdateItem").count();
    // What was done before is not done again; one more is the schema item.
    assert!((40 - 25 + 1..=40 + 1).contains(&updates), "{updates}");
    assert_filled(&place, 40).await;
}

#[tokio::test]
async fn faults_do_not_stop_the_filling() {
    for fault in [
        Fault::throttled(),
        Fault::internal_error(true),
        Fault::LoseAnswer(Loss::Reset),
        Fault::LoseRequest(Loss::Closed),
    ] {
        let place = Place::with(10).await;
        place.faults.set(move |_, n| if n % 3 == 1 { fault.clone() } else { Fault::Pass });
        indexed::Tasks::open(place.engine().add_missing_indexes()).await.expect("they are added");
        place.faults.clear();
        place.faults.take();
        assert_filled(&place, 10).await;
    }
}

#[tokio::test]
async fn writers_beside_the_filling_are_right() {
    let place = Place::with(60).await;
    // Writers that know the indexes, as the new program's on other computers do.
    let known = indexed::Tasks::open(place.engine().unchecked()).await.expect("it opens");
    let tasks = known.tenant(&"zoe".to_owned());
    let write = async {
        // The indexes come first, or the engine would not check the keys.
        for id in (1..=60).step_by(7) {
            let key = || indexed::Task::key("l", id);
            let mut task = tasks.get(key()).await.unwrap().expect("it is stored");
            task.note = Some(format!("changed {id}"));
            tasks.save(&mut task).await.expect("it is saved");
        }
        for id in (3..=60).step_by(7) {
            tasks.delete(indexed::Task::key("l", id)).await.expect("it is removed");
        }
    };
    let opens =
        (0..3).map(|_| indexed::Tasks::open(place.engine().add_missing_indexes()).into_future());
    let (opened, ()) = tokio::join!(join_all(opens), write);
    for opened in opened {
        opened.expect("they are added");
    }
    let all = tasks.query(indexed::Task::partition("l")).all().await.unwrap();
    assert_eq!(all.len(), 60 - 9);
    let listed = tasks.query(indexed::Task::by_list("l")).all().await.unwrap();
    assert_eq!(listed, all);
    let mut noted: Vec<_> = all.into_iter().filter(|task| task.note.is_some()).collect();
    noted.sort_by(|a, b| (&a.note, a.id).cmp(&(&b.note, b.id)));
    assert_eq!(tasks.query(indexed::Task::by_note()).all().await.unwrap(), noted);
}

#[tokio::test]
async fn an_index_that_another_program_adds_is_waited_for() {
    let place = Place::with(2).await;
    let client = place.client();
    let table = place.table();
    // Another program adds the first index between our look and our request.
    let raced = AtomicUsize::new(0);
    place.faults.set(move |request, _| {
        if request.operation() != "UpdateTable" || raced.fetch_add(1, Ordering::SeqCst) > 0 {
            return Fault::Pass;
        }
        Fault::AnswerAfterApplying(Answer::error(
            400,
            "ValidationException",
            "Attempting to create an index which already exists",
        ))
    });
    indexed::Tasks::open(place.engine().add_missing_indexes()).await.expect("they are added");
    assert_eq!(place.faults.count("UpdateTable"), 2);
    let described = client.describe_table().table_name(table).send().await.unwrap();
    let described = described.table.expect("it is described");
    assert_eq!(described.global_secondary_indexes().len(), 3);
    place.faults.take();
    assert_filled(&place, 2).await;
}

version!(unique, [
    partition = "list#{list}",
    sort = "{id}",
    index(by_title, partition = "titles", sort = "{title}", slot = 1),
    index(by_note, partition = "notes#{note}", slot = 2, unique)
], {
    #[record(tenant)]
    pub(crate) owner: String,
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    #[record(expires)]
    pub(crate) expires: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

#[tokio::test]
async fn a_unique_index_is_filled_with_its_guards() {
    let place = Place::with(6).await;
    let old = place.open::<base::Tasks>().await.unwrap().tenant(&"zoe".to_owned());
    // Another tenant may hold the same values.
    let other = place.open::<base::Tasks>().await.unwrap().tenant(&"adam".to_owned());
    let mut same = base::Task { owner: "adam".to_owned(), ..base::Task::new(2) };
    other.insert(&mut same).await.expect("it is inserted");
    let mut double = base::Task { note: Some("note 1".to_owned()), ..base::Task::new(7) };
    old.insert(&mut double).await.expect("nothing is unique yet");

    let adding = || place.engine().add_missing_indexes();
    let error = unique::Tasks::open(adding()).await.map(drop).expect_err("two share a value");
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    insta::assert_snapshot!(error.to_string());

    double.note = Some("another".to_owned());
    old.save(&mut double).await.expect("it is saved");
    let store = unique::Tasks::open(adding()).await.expect("it is added");
    let tasks = store.tenant(&"zoe".to_owned());
    let found = tasks.query(unique::Task::by_note("note 1")).all().await.unwrap();
    assert_eq!(found.iter().map(|task| task.id).collect::<Vec<_>>(), [2]);
    let mut taken = unique::Task { id: 9, ..found[0].clone() };
    taken.revision = keyloom::Revision::ZERO;
    let error = tasks.insert(&mut taken).await.unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::UniqueViolation, Some("by_note")));
    assert!(tasks.delete(unique::Task::key("l", 2)).await.unwrap());
    tasks.insert(&mut taken).await.expect("the value is free again");
}

/// The old program goes on after an interrupted filling: no guard may stand for what it changed.
#[tokio::test]
async fn an_interrupted_filling_leaves_no_values_taken() {
    let place = Place::with(12).await;
    let old = place.open::<base::Tasks>().await.unwrap().tenant(&"zoe".to_owned());
    // All guards are put, with their records; then the schema item cannot be written.
    place.faults.set(|request, _| match request.operation() {
        "UpdateItem" => Fault::error(400, "AccessDeniedException", "no more"),
        _ => Fault::Pass,
    });
    let adding = place.engine().add_missing_indexes();
    unique::Tasks::open(adding).await.map(drop).expect_err("it is interrupted");
    place.faults.clear();
    for id in 1..=12 {
        if id % 3 == 0 {
            assert!(old.delete(base::Task::key("l", id)).await.unwrap());
        } else if id % 2 == 0 {
            let mut task = old.get(base::Task::key("l", id)).await.unwrap().expect("it is stored");
            task.note = (id == 4).then(|| "note 6".to_owned());
            old.save(&mut task).await.expect("it is saved");
        }
    }
    let adding = place.engine().add_missing_indexes();
    let store = unique::Tasks::open(adding).await.expect("it is completed");
    let tasks = store.tenant(&"zoe".to_owned());
    // Only one record has a note now; all others are free.
    for (id, half) in (20..).zip(1..=6) {
        let mut task = unique::Task {
            owner: "zoe".to_owned(),
            list: "l".to_owned(),
            id,
            title: "new".to_owned(),
            note: Some(format!("note {half}")),
            expires: None,
            revision: keyloom::Revision::ZERO,
        };
        let inserted = tasks.insert(&mut task).await.map_err(|error| error.kind());
        let expected = if half == 6 { Err(ErrorKind::UniqueViolation) } else { Ok(()) };
        assert_eq!(inserted, expected, "note {half}");
    }
}

version!(long, [
    partition = "list#{list}",
    sort = "{id}",
    index(by_title, partition = "titles", sort = "{title}", slot = 1),
    index(by_note, partition = "notes", sort = "{note}", slot = 2)
], {
    #[record(tenant)]
    pub(crate) owner: String,
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    #[record(expires)]
    pub(crate) expires: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

#[tokio::test]
async fn a_record_that_cannot_be_in_the_index_is_named() {
    let place = Place::with(1).await;
    let old = place.open::<base::Tasks>().await.unwrap().tenant(&"zoe".to_owned());
    let mut longer = base::Task { note: Some("x".repeat(1025)), ..base::Task::new(2) };
    old.insert(&mut longer).await.expect("a note may be long");
    let adding = place.engine().add_missing_indexes();
    let error = long::Tasks::open(adding).await.map(drop).expect_err("it has no place");
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(!error.to_string().contains("xxx"));
    insta::assert_snapshot!(error.to_string());
}

/// Two records, of which the second joins the first in a slot that the table has already.
#[allow(dead_code, reason = "the records are only opened")]
mod shared {
    use keyloom::{Record, Table};

    #[derive(Record, Clone)]
    #[record(
        global,
        partition = "a",
        sort = "{id}",
        index(by_name, partition = "n", sort = "{name}", slot = 1)
    )]
    pub(crate) struct First {
        pub(crate) id: u32,
        pub(crate) name: String,
    }

    #[derive(Record, Clone)]
    #[record(global, partition = "b", sort = "{id}")]
    pub(crate) struct Second {
        pub(crate) id: u32,
        pub(crate) name: String,
    }

    #[derive(Table)]
    #[table(name = "tasks", records(First, Second))]
    pub(crate) struct Before;

    pub(crate) mod later {
        use keyloom::{Record, Table};

        #[derive(Record, Clone)]
        #[record(
            global,
            partition = "b",
            sort = "{id}",
            index(by_name, partition = "m", sort = "{name}", slot = 1)
        )]
        pub(crate) struct Second {
            pub(crate) id: u32,
            pub(crate) name: String,
        }

        #[derive(Table)]
        #[table(name = "tasks", records(super::First, Second))]
        pub(crate) struct After;
    }
}

#[tokio::test]
async fn a_record_that_joins_a_slot_is_filled_too() {
    let place = Place::new();
    let store = shared::Before::open(place.creating()).await.expect("it is created").global();
    for id in 1..=5 {
        let name = format!("name {id}");
        store.insert(&mut shared::First { id, name: name.clone() }).await.expect("it is inserted");
        store.insert(&mut shared::Second { id, name }).await.expect("it is inserted");
    }
    let told = place.refusal::<shared::later::After>(place.engine()).await;
    assert!(
        told.contains("record \"Second\": index \"by_name\" is missing in the table"),
        "{told}"
    );
    let adding = place.engine().add_missing_indexes();
    let store = shared::later::After::open(adding).await.expect("it is filled").global();
    let operations = place.operations();
    assert!(!operations.iter().any(|one| one == "UpdateTable"));
    // The records of the other type are not touched; one more is the schema item.
    assert_eq!(operations.iter().filter(|one| *one == "UpdateItem").count(), 6);
    let found = store.query(shared::later::Second::by_name()).all().await.unwrap();
    assert_eq!(found.len(), 5);
    assert_eq!(store.query(shared::First::by_name()).all().await.unwrap().len(), 5);
}

version!(wider, [
    partition = "list#{list}",
    sort = "{id}",
    index(by_title, partition = "titles", sort = "{title}", slot = 1)
], {
    #[record(tenant)]
    pub(crate) owner: String,
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    pub(crate) color: Option<String>,
    #[record(default)]
    pub(crate) rank: u8,
    #[record(expires)]
    pub(crate) expires: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(strict, [
    partition = "list#{list}",
    sort = "{id}",
    index(by_title, partition = "titles", sort = "{title}", slot = 1)
], {
    #[record(tenant)]
    pub(crate) owner: String,
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    pub(crate) color: String,
    #[record(expires)]
    pub(crate) expires: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

#[tokio::test]
async fn the_schema_item_grows_once() {
    let place = Place::with(1).await;
    let opens = (0..6).map(|at| {
        let engine = place.engine();
        async move {
            if at % 2 == 0 {
                wider::Tasks::open(engine).await.map(drop)
            } else {
                base::Tasks::open(engine).await.map(drop)
            }
        }
    });
    for opened in join_all(opens).await {
        opened.expect("it is open");
    }
    place.faults.take();
    for _ in 0..2 {
        place.open::<wider::Tasks>().await.expect("it fits");
        place.open::<base::Tasks>().await.expect("the old program takes nothing away");
    }
    let operations = place.operations();
    assert!(operations.iter().all(|one| one.starts_with("Describe") || one == "GetItem"));
    // What one program may leave out no other may require.
    let told = place.refusal::<strict::Tasks>(place.engine()).await;
    assert!(told.contains("field \"color\" may be absent in the table"), "{told}");
}

/// Both versions write: neither loses what the other one wrote.
#[tokio::test]
async fn two_versions_take_turns() {
    let place = Place::with(1).await;
    let old = place.open::<base::Tasks>().await.unwrap().tenant(&"zoe".to_owned());
    let new = place.open::<wider::Tasks>().await.unwrap().tenant(&"zoe".to_owned());
    for turn in 0..5_u8 {
        let mut task = new.get(wider::Task::key("l", 1)).await.unwrap().expect("it is stored");
        assert_eq!((task.rank, &*task.title), (turn, &*format!("title {}", turn.max(1))));
        task.color = Some(format!("color {turn}"));
        task.rank = turn + 1;
        new.save(&mut task).await.expect("it is saved");
        let mut task = old.get(base::Task::key("l", 1)).await.unwrap().expect("it is stored");
        task.title = format!("title {}", turn + 1);
        old.save(&mut task).await.expect("it is saved");
    }
    let task = new.get(wider::Task::key("l", 1)).await.unwrap().expect("it is stored");
    assert_eq!((task.color.as_deref(), task.rank), (Some("color 4"), 5));
}
