//! Dialogues as files.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use blue::Error;
use blue::dialogue::{Citation, DialogueExport, ReferenceKind, TensionEvent, TensionStatus};
use keyloom::schema::Path;

use crate::harness::{
    Database, begun, clock, dialogues, dialogues_on, perspective, second, tension,
};
use crate::watched::{Fault, Watch, Watched};

/// A dialogue with a record of every type.
pub(crate) fn file() -> DialogueExport {
    serde_json::from_str(include_str!("../../dialogue.json")).expect("the file is an export")
}

pub(crate) async fn a_dialogue_is_exported_by_one_query(db: &dyn Database) {
    let watch = Arc::new(Watch::default());
    let engine = Watched { engine: db.engine(), watch: Arc::clone(&watch) };
    let store = dialogues_on(Box::new(engine), &clock()).await;
    let id = begun(&*store).await;
    for number in 0..20 {
        store.register_perspective(&id, perspective(number, "p")).await.unwrap();
        store.register_tension(&id, tension(number, "t")).await.unwrap();
    }
    watch.gets.store(0, Ordering::SeqCst);
    watch.queries.lock().unwrap().clear();
    let export = store.export_dialogue(&id).await.unwrap();
    assert_eq!(watch.only_queries(), [Path::Primary]);
    assert_eq!((export.perspectives.len(), export.tensions.len()), (20, 20));
}

pub(crate) async fn an_import_exports_as_it_was(db: &dyn Database) {
    let store = dialogues(db).await;
    let id = store.import_dialogue(file()).await.unwrap();
    let export = store.export_dialogue(&id).await.unwrap();
    let text = serde_json::to_string_pretty(&export).unwrap();
    assert_eq!(text, include_str!("../../dialogue.json").trim_end());
    let again = store.import_dialogue(file()).await;
    assert!(matches!(again, Err(Error::AlreadyExists("Dialogue"))), "{again:?}");
    store.delete_dialogue(&id).await.unwrap();
    store.import_dialogue(file()).await.unwrap();
    assert_eq!(
        serde_json::to_string_pretty(&store.export_dialogue(&id).await.unwrap()).unwrap(),
        text
    );
}

pub(crate) async fn numbers_go_on_behind_an_import(db: &dyn Database) {
    let store = dialogues(db).await;
    let id = store.import_dialogue(file()).await.unwrap();
    let file = file();
    let last = |round| {
        let of_round = file.perspectives.iter().filter(|entry| entry.round == round);
        of_round.map(|entry| entry.seq).max().unwrap_or(0)
    };
    for round in [0, 1, 9] {
        let stored = store.register_perspective(&id, perspective(round, "next")).await.unwrap();
        assert_eq!(stored.seq, last(round) + 1);
        assert_eq!(stored.created, second(0));
    }
    let step = file.moves.last().unwrap().clone();
    assert_eq!(store.register_move(&id, step.clone()).await.unwrap().seq, step.seq + 1);
    let open = file.tensions.iter().find(|tension| tension.status == TensionStatus::Open).unwrap();
    let before = store.tension_events(&id, open.id()).await.unwrap();
    let event = TensionEvent::default();
    store.update_tension_status(&id, open.id(), TensionStatus::Resolved, event).await.unwrap();
    let after = store.tension_events(&id, open.id()).await.unwrap();
    assert_eq!(after[..before.len()], before);
    assert_eq!(after.len(), before.len() + 1);
}

pub(crate) async fn an_import_takes_no_other_dialogues_place(db: &dyn Database) {
    let store = dialogues(db).await;
    let id = begun(&*store).await;
    store.register_perspective(&id, perspective(0, "mine")).await.unwrap();
    let before = store.export_dialogue(&id).await.unwrap();
    let mut file = file();
    file.dialogue.id = id.clone();
    let outcome = store.import_dialogue(file).await;
    assert!(matches!(outcome, Err(Error::AlreadyExists("Dialogue"))), "{outcome:?}");
    assert_eq!(store.export_dialogue(&id).await.unwrap(), before);
}

pub(crate) async fn an_import_that_fails_halfway_leaves_nothing(db: &dyn Database) {
    let watch = Arc::new(Watch::default());
    let engine = Watched { engine: db.engine(), watch: Arc::clone(&watch) };
    let store = dialogues_on(Box::new(engine), &clock()).await;
    for fault in [Fault::Before, Fault::After] {
        for at in 0.. {
            watch.fail(at, fault);
            let outcome = store.import_dialogue(file()).await;
            if !watch.has_failed() {
                assert!(at > 5 && outcome.is_ok());
                break;
            }
            assert!(matches!(outcome, Err(Error::Storage(_))), "{outcome:?}");
            let left = store.delete_dialogue(&file().dialogue.id).await.unwrap();
            // Only of the first write is it unknown whose dialogue it would be to remove.
            assert_eq!(left, usize::from(at == 0 && fault == Fault::After), "write {at}");
        }
        assert!(store.delete_dialogue(&file().dialogue.id).await.unwrap() > 20);
    }
}

/// Makes a file wrong.
type Spoil<'a> = &'a dyn Fn(&mut DialogueExport);

/// What no other call would store is not imported, and what is not understood is not left out.
pub(crate) async fn a_file_that_makes_no_sense_is_refused(db: &dyn Database) {
    let store = dialogues(db).await;
    let citation = |target: &str| Citation {
        kind: ReferenceKind::Support,
        target: target.parse().expect("an id"),
    };
    let spoils: [(&str, Spoil<'_>); 6] = [
        ("references: ", &|file| {
            let id = file.claims[0].id().to_string();
            file.claims[0].references = vec![citation(&id), citation("T0001")];
        }),
        ("import: P0909 is not", &|file| file.claims[0].references = vec![citation("P0909")]),
        ("import: P0909 is not", &|file| {
            file.references[0].source = "P0909".parse().expect("an id");
        }),
        ("import: T0009 is not", &|file| file.tension_events[0].tension_seq = 9),
        ("import: T0001: its last", &|file| {
            file.tension_events.retain(|event| event.tension().seq > 1);
        }),
        ("import: a move", &|file| file.moves[0].seq = 0),
    ];
    for (expected, spoil) in spoils {
        let mut file = file();
        spoil(&mut file);
        let error = store.import_dialogue(file).await.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{expected}: {error}");
    }
    assert_eq!(store.delete_dialogue(&file().dialogue.id).await.unwrap(), 0);

    let text = include_str!("../../dialogue.json");
    for (field, misspelt) in [("first_round", "first_rounds"), ("reason", "reasn")] {
        let text = text.replacen(&format!("\"{field}\""), &format!("\"{misspelt}\""), 1);
        let read = serde_json::from_str::<DialogueExport>(&text);
        assert!(read.is_err_and(|error| error.to_string().contains(misspelt)), "{misspelt}");
    }
}

pub(crate) async fn a_failed_import_leaves_nothing(db: &dyn Database) {
    let store = dialogues(db).await;
    let mut twice = file();
    twice.verdicts.extend_from_within(..1);
    let id = twice.dialogue.id.clone();
    store.import_dialogue(twice).await.unwrap_err();
    assert_eq!(store.get_dialogue(&id).await.unwrap(), None);
    assert_eq!(store.delete_dialogue(&id).await.unwrap(), 0);
    let mut zero = file();
    zero.tensions[0].seq = 0;
    assert!(matches!(store.import_dialogue(zero).await, Err(Error::Import(_))));
    store.import_dialogue(file()).await.unwrap();
}
