//! References between entities.

use blue::Error;
use blue::dialogue::{Citation, Claim, Reference, ReferenceKind, Rule, Violation};
use blue::id::EntityId;
use keyloom_conformance::eventually;

use crate::harness::{Database, begun, dialogues, perspective, tension};

fn id(text: &str) -> EntityId {
    text.parse().expect("an id")
}

fn reference(source: &str, kind: ReferenceKind, target: &str) -> Reference {
    Reference { source: id(source), kind, target: id(target), ..Reference::default() }
}

pub(crate) async fn a_reference_is_stored_once_and_found_by_its_target(db: &dyn Database) {
    let store = dialogues(db).await;
    let dialogue = begun(&*store).await;
    store.register_tension(&dialogue, tension(0, "t")).await.unwrap();
    for label in ["one", "two"] {
        store.register_perspective(&dialogue, perspective(0, label)).await.unwrap();
    }
    for source in ["P0002", "P0001", "P0002"] {
        let reference = reference(source, ReferenceKind::Resolve, "T0001");
        store.add_reference(&dialogue, reference).await.unwrap();
    }
    store
        .add_reference(&dialogue, reference("P0002", ReferenceKind::Refine, "P0001"))
        .await
        .unwrap();
    for (target, sources) in [("T0001", &["P0001", "P0002"][..]), ("P0001", &["P0002"])] {
        let referring = async || -> Vec<String> {
            let found = store.references_to(&dialogue, id(target)).await.unwrap();
            found.iter().map(|reference| reference.source.to_string()).collect()
        };
        eventually(db, sources, referring).await;
    }
    assert_eq!(store.export_dialogue(&dialogue).await.unwrap().references.len(), 3);
}

pub(crate) async fn everything_wrong_with_a_reference_is_told(db: &dyn Database) {
    use ReferenceKind::{Address, Question, Refine, Reopen, Resolve, Support};

    let store = dialogues(db).await;
    let dialogue = begun(&*store).await;
    store.register_perspective(&dialogue, perspective(0, "p")).await.unwrap();
    store.register_tension(&dialogue, tension(0, "t")).await.unwrap();
    for (source, kind, target, rules) in [
        ("P0001", Resolve, "P0001", vec![Rule::NotItself, Rule::OnlyTension]),
        ("T0001", Support, "T0001", vec![Rule::NotItself, Rule::NoTension]),
        ("P0001", Address, "C0001", vec![Rule::OnlyTension]),
        ("P0001", Reopen, "R0001", vec![Rule::OnlyTension]),
        ("P0001", Refine, "T0001", vec![Rule::SameKind]),
        ("P0001", Question, "P0001", vec![Rule::NotItself]),
    ] {
        let outcome = store.add_reference(&dialogue, reference(source, kind, target)).await;
        let Err(Error::References(violations)) = outcome else { panic!("{outcome:?}") };
        let broken: Vec<Rule> = violations.iter().map(|violation| violation.rule).collect();
        assert_eq!(broken, rules, "{source} {kind:?} {target}");
    }
    assert_eq!(store.export_dialogue(&dialogue).await.unwrap().references, []);
}

pub(crate) async fn references_of_an_entry_are_all_or_nothing(db: &dyn Database) {
    let store = dialogues(db).await;
    let dialogue = begun(&*store).await;
    store.register_tension(&dialogue, tension(0, "t")).await.unwrap();
    let citing = |citations: &[(ReferenceKind, &str)]| {
        let cite =
            |(kind, target): &(ReferenceKind, &str)| Citation { kind: *kind, target: id(target) };
        Claim { references: citations.iter().map(cite).collect(), ..Claim::default() }
    };
    let wrong = citing(&[
        (ReferenceKind::Resolve, "P0001"),
        (ReferenceKind::Resolve, "T0001"),
        (ReferenceKind::Refine, "P0001"),
    ]);
    let outcome = store.register_claim(&dialogue, wrong).await;
    let Err(Error::References(violations)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(violations.len(), 2);

    let missing = citing(&[(ReferenceKind::Resolve, "T0001"), (ReferenceKind::Depend, "P0009")]);
    let outcome = store.register_claim(&dialogue, missing).await;
    assert!(matches!(outcome, Err(Error::NotFound("Perspective"))), "{outcome:?}");
    let export = store.export_dialogue(&dialogue).await.unwrap();
    assert_eq!((export.claims.len(), export.references.len()), (0, 0));

    // The failed one took C0001, so the next is C0002.
    let itself = citing(&[(ReferenceKind::Support, "C0002")]);
    let outcome = store.register_claim(&dialogue, itself).await;
    let Err(Error::References(violations)) = outcome else { panic!("{outcome:?}") };
    assert!(matches!(violations[..], [Violation { rule: Rule::NotItself, .. }]), "{violations:?}");

    let right = citing(&[(ReferenceKind::Resolve, "T0001"), (ReferenceKind::Question, "T0001")]);
    let claim = store.register_claim(&dialogue, right).await.unwrap();
    let sources = async || -> Vec<EntityId> {
        let found = store.references_to(&dialogue, id("T0001")).await.unwrap();
        found.iter().map(|reference| reference.source).collect()
    };
    eventually(db, [claim.id(); 2], sources).await;
}

pub(crate) async fn a_reference_wants_both_ends(db: &dyn Database) {
    let store = dialogues(db).await;
    let dialogue = begun(&*store).await;
    store.register_perspective(&dialogue, perspective(0, "p")).await.unwrap();
    for (source, target, missing) in [("P0001", "T0001", "Tension"), ("E0001", "P0001", "Evidence")]
    {
        let reference = reference(source, ReferenceKind::Question, target);
        let outcome = store.add_reference(&dialogue, reference).await;
        assert!(matches!(outcome, Err(Error::NotFound(what)) if what == missing), "{outcome:?}");
    }
    assert_eq!(store.export_dialogue(&dialogue).await.unwrap().references, []);
}
