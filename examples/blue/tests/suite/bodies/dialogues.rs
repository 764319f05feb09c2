//! Dialogues and what is registered in them under ids of its own.

use std::sync::Arc;
use std::time::Duration;

use blue::DialogueStore;
use blue::Error;
use blue::dialogue::{
    Claim, Dialogue, DialogueStatus, Expert, Move, Round, RoundStatus, StoredDialogues, Verdict,
    VerdictKind,
};
use blue::id::DialogueId;
use keyloom::schema::Path;
use keyloom_conformance::eventually;

use crate::harness::{
    Database, at_once, begun, clock, dialogues, dialogues_at, dialogues_on, expert, perspective,
    second, tension, titled,
};
use crate::watched::{Fault, Watch, Watched};

pub(crate) async fn a_dialogue_is_found_by_the_slug_of_its_title(db: &dyn Database) {
    let store = dialogues(db).await;
    let mut new = titled("Which store, and why?");
    new.background = Some(serde_json::json!({"for": ["laptop", "cloud"], "budget": 1.5}));
    new.question = Some("…".to_owned());
    let stored = store.create_dialogue(new).await.unwrap();
    assert_eq!(stored.id, DialogueId::from("which-store-and-why"));
    assert_eq!((stored.created, stored.revision.get()), (second(0), 1));
    assert_eq!(store.get_dialogue(&stored.id).await.unwrap(), Some(stored));
    assert_eq!(store.get_dialogue(&"another".into()).await.unwrap(), None);
}

pub(crate) async fn creators_at_once_have_ids_of_their_own(db: &dyn Database) {
    let handles: [Arc<dyn DialogueStore>; 2] =
        [dialogues(db).await.into(), dialogues(db).await.into()];
    let creators = at_once(8, |at| {
        let store = Arc::clone(&handles[at % 2]);
        async move { store.create_dialogue(titled("Same title")).await }
    });
    let mut ids: Vec<String> =
        creators.await.into_iter().map(|new| new.unwrap().id.to_string()).collect();
    ids.sort();
    let numbered = (2..=8).map(|number| format!("same-title-{number}"));
    assert_eq!(ids, [vec!["same-title".to_owned()], numbered.collect()].concat());
}

pub(crate) async fn an_old_copy_is_not_stored(db: &dyn Database) {
    let store = dialogues(db).await;
    let id = begun(&*store).await;
    let mut mine = store.get_dialogue(&id).await.unwrap().unwrap();
    let mut theirs = mine.clone();
    theirs.status = DialogueStatus::Converging;
    let theirs = store.update_dialogue(theirs).await.unwrap();
    mine.title.push_str(", changed");
    assert!(matches!(store.update_dialogue(mine).await, Err(Error::Conflict("Dialogue"))));
    assert_eq!(store.get_dialogue(&id).await.unwrap(), Some(theirs));
    // What was not read is not there to change.
    let made_up = Dialogue { id: "made-up".into(), ..titled("Made up") };
    let outcome = store.update_dialogue(made_up).await;
    assert!(matches!(outcome, Err(Error::NotFound("Dialogue"))), "{outcome:?}");
    assert_eq!(store.get_dialogue(&"made-up".into()).await.unwrap(), None);
}

pub(crate) async fn lists_are_newest_first_by_an_index(db: &dyn Database) {
    let (clock, watch) = (clock(), Arc::new(Watch::default()));
    let engine = Watched { engine: db.engine(), watch: Arc::clone(&watch) };
    let store = dialogues_on(Box::new(engine), &clock).await;
    for title in ["One", "Two", "Three"] {
        store.create_dialogue(titled(title)).await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
    let mut two = store.get_dialogue(&"two".into()).await.unwrap().unwrap();
    two.status = DialogueStatus::Abandoned;
    store.update_dialogue(two).await.unwrap();
    watch.gets.store(0, std::sync::atomic::Ordering::SeqCst);

    for (status, expected) in [
        (None, vec!["three", "two", "one"]),
        (Some(DialogueStatus::Open), vec!["three", "one"]),
        (Some(DialogueStatus::Abandoned), vec!["two"]),
        (Some(DialogueStatus::Converged), vec![]),
    ] {
        eventually(db, expected, async || listed(&*store, status).await).await;
        let paths = watch.only_queries();
        assert!(paths.iter().all(|path| matches!(path, Path::Index(_))), "{paths:?}");
    }
}

/// The ids of the dialogues with a status.
async fn listed(store: &dyn DialogueStore, status: Option<DialogueStatus>) -> Vec<String> {
    let listed = store.list_dialogues(status).await.unwrap();
    listed.iter().map(|dialogue| dialogue.id.to_string()).collect()
}

pub(crate) async fn realms_see_nothing_of_each_other(db: &dyn Database) {
    let ours = dialogues(db).await;
    let theirs = StoredDialogues::open(db.engine(), "acme#dialogue".into(), clock()).await.unwrap();
    let id = begun(&*ours).await;
    assert_eq!(theirs.get_dialogue(&id).await.unwrap(), None);
    eventually(db, [id.to_string()], async || listed(&*ours, None).await).await;
    assert_eq!(theirs.list_dialogues(None).await.unwrap(), []);
    assert_eq!(theirs.create_dialogue(titled("A question")).await.unwrap().id, id);
    eventually(db, [id.to_string()], async || listed(&theirs, None).await).await;
    assert_eq!(listed(&*ours, None).await.len(), 1);
}

pub(crate) async fn experts_and_moves_are_registered(db: &dyn Database) {
    let store = dialogues(db).await;
    let id = begun(&*store).await;
    let muffin = Expert {
        slug: expert("muffin"),
        role: "Economist".to_owned(),
        relevance: Some(0.95),
        ..Expert::default()
    };
    store.register_expert(&id, muffin.clone()).await.unwrap();
    let again = store.register_expert(&id, muffin).await;
    assert!(matches!(again, Err(Error::AlreadyExists("Expert"))));
    for (name, expected) in [("muffin", 1), ("muffin", 2), ("scone", 1)] {
        let step = Move { round: 1, expert: expert(name), ..Move::default() };
        assert_eq!(store.register_move(&id, step).await.unwrap().seq, expected);
    }
}

pub(crate) async fn a_round_adds_to_the_totals(db: &dyn Database) {
    let store = dialogues(db).await;
    let id = begun(&*store).await;
    for (number, score) in [(0, 40), (1, 25)] {
        let status = RoundStatus::Completed;
        let round = Round { number, score, status, ..Round::default() };
        store.register_round(&id, round).await.unwrap();
    }
    let again = Round { number: 1, score: 1000, ..Round::default() };
    let again = store.register_round(&id, again).await;
    assert!(matches!(again, Err(Error::AlreadyExists("Round"))));
    let dialogue = store.get_dialogue(&id).await.unwrap().unwrap();
    assert_eq!((dialogue.total_rounds, dialogue.total_alignment), (2, 65));
}

pub(crate) async fn nothing_is_registered_in_an_unknown_dialogue(db: &dyn Database) {
    let store = dialogues(db).await;
    let id = DialogueId::from("nowhere");
    let verdict = |kind| Verdict { id: "v".to_owned(), kind, ..Verdict::default() };
    let step = Move { expert: expert("muffin"), ..Move::default() };
    let muffin = Expert { slug: expert("muffin"), ..Expert::default() };
    for outcome in [
        store.register_expert(&id, muffin).await.map(drop),
        store.register_round(&id, Round::default()).await.map(drop),
        store.register_perspective(&id, perspective(0, "p")).await.map(drop),
        store.register_claim(&id, Claim::default()).await.map(drop),
        store.register_tension(&id, tension(0, "t")).await.map(drop),
        store.register_verdict(&id, verdict(VerdictKind::Interim)).await.map(drop),
        store.register_verdict(&id, verdict(VerdictKind::Final)).await.map(drop),
        store.register_move(&id, step).await.map(drop),
        store.export_dialogue(&id).await.map(drop),
    ] {
        assert!(matches!(outcome, Err(Error::NotFound("Dialogue"))), "{outcome:?}");
    }
    assert_eq!(store.delete_dialogue(&id).await.unwrap(), 0, "nothing was left there");
    // But numbers are used up.
    store.create_dialogue(titled("nowhere")).await.unwrap();
    assert_eq!(store.register_tension(&id, tension(0, "t")).await.unwrap().seq, 2);
}

pub(crate) async fn a_final_verdict_converges_the_dialogue(db: &dyn Database) {
    let clock = clock();
    let store = dialogues_at(db, &clock).await;
    let id = begun(&*store).await;
    let verdict = |id: &str, kind| Verdict { id: id.to_owned(), kind, ..Verdict::default() };
    store.register_verdict(&id, verdict("z", VerdictKind::Interim)).await.unwrap();
    let dialogue = store.get_dialogue(&id).await.unwrap().unwrap();
    assert_eq!((dialogue.status, dialogue.converged_at), (DialogueStatus::Open, None));
    clock.advance(Duration::from_secs(5));
    store.register_verdict(&id, verdict("a", VerdictKind::Final)).await.unwrap();
    let dialogue = store.get_dialogue(&id).await.unwrap().unwrap();
    assert_eq!(dialogue.status, DialogueStatus::Converged);
    assert_eq!(dialogue.converged_at, Some(second(5)));
    let converged = async || listed(&*store, Some(DialogueStatus::Converged)).await;
    eventually(db, [id.to_string()], converged).await;
    let verdicts = store.export_dialogue(&id).await.unwrap().verdicts;
    let chronological: Vec<&str> = verdicts.iter().map(|verdict| &*verdict.id).collect();
    assert_eq!(chronological, ["z", "a"]);
}

pub(crate) async fn a_verdict_id_is_taken_once(db: &dyn Database) {
    let store = dialogues(db).await;
    let id = begun(&*store).await;
    let verdict = |kind| Verdict { id: "v".to_owned(), kind, ..Verdict::default() };
    store.register_verdict(&id, verdict(VerdictKind::Minority)).await.unwrap();
    let again = store.register_verdict(&id, verdict(VerdictKind::Final)).await;
    assert!(matches!(again, Err(Error::AlreadyExists("Verdict"))), "{again:?}");
    let dialogue = store.get_dialogue(&id).await.unwrap().unwrap();
    assert_eq!(dialogue.status, DialogueStatus::Open);
}

pub(crate) async fn a_dialogue_is_deleted_whole(db: &dyn Database) {
    let store = dialogues(db).await;
    let (id, other) = (begun(&*store).await, begun(&*store).await);
    for dialogue in [&id, &other] {
        store.register_perspective(dialogue, perspective(0, "p")).await.unwrap();
        store.register_tension(dialogue, tension(0, "t")).await.unwrap();
    }
    // The dialogue, two entities, and an event.
    assert_eq!(store.delete_dialogue(&id).await.unwrap(), 4);
    assert_eq!(store.get_dialogue(&id).await.unwrap(), None);
    assert_eq!(store.delete_dialogue(&id).await.unwrap(), 0);
    assert_eq!(store.export_dialogue(&other).await.unwrap().perspectives.len(), 1);
    // Its id is free again; `T0001` is not.
    assert_eq!(begun(&*store).await, id);
    assert_eq!(store.register_tension(&id, tension(0, "t")).await.unwrap().seq, 2);
    assert_eq!(store.export_dialogue(&id).await.unwrap().tension_events.len(), 1);
}

/// Whatever dies while a dialogue is deleted, nobody adds to it and nobody takes its id until all is gone.
pub(crate) async fn a_dialogue_that_is_being_deleted_keeps_its_id(db: &dyn Database) {
    let watch = Arc::new(Watch::default());
    let engine = Watched { engine: db.engine(), watch: Arc::clone(&watch) };
    let (failing, store) = (dialogues_on(Box::new(engine), &clock()).await, dialogues(db).await);
    let id = begun(&*store).await;
    store.register_tension(&id, tension(0, "t")).await.unwrap();
    // The mark is stored, and then nothing more is.
    watch.fail(1, Fault::Before);
    failing.delete_dialogue(&id).await.unwrap_err();
    assert!(watch.has_failed());
    assert_eq!(store.get_dialogue(&id).await.unwrap(), None);
    eventually(db, [""; 0], async || listed(&*store, None).await).await;
    let late = store.register_tension(&id, tension(0, "late")).await;
    assert!(matches!(late, Err(Error::NotFound("Dialogue"))), "{late:?}");
    let other = begun(&*store).await;
    assert_ne!(other, id);
    assert_eq!(store.delete_dialogue(&id).await.unwrap(), 3);
    assert_eq!(begun(&*store).await, id);
    assert_eq!(store.export_dialogue(&id).await.unwrap().tensions, []);
    assert!(store.get_dialogue(&other).await.unwrap().is_some());
}
