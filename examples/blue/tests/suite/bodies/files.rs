//! Dialogues as files.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use blue::Error;
use blue::dialogue::{DialogueExport, TensionEvent, TensionStatus};
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
    for fault in 0.. {
        watch.fail(fault, Fault::Before);
        let outcome = store.import_dialogue(file()).await;
        if !watch.has_failed() {
            assert!(fault > 5 && outcome.is_ok());
            break;
        }
        assert!(matches!(outcome, Err(Error::Storage(_))), "{outcome:?}");
        assert_eq!(store.delete_dialogue(&file().dialogue.id).await.unwrap(), 0);
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
