//! What is numbered in a round: entries and tensions.

use std::sync::Arc;
use std::time::Duration;

use blue::dialogue::{
    Claim, EntryStatus, Evidence, Recommendation, TensionEvent, TensionEventKind, TensionStatus,
};
use blue::id::{EntityId, EntityKind};
use blue::{DialogueStore, Error};

use crate::harness::{
    Database, at_once, begun, clock, dialogues, dialogues_at, expert, perspective, second, tension,
};

pub(crate) async fn entries_are_numbered_by_round_and_kind(db: &dyn Database) {
    let store = dialogues(db).await;
    let id = begun(&*store).await;
    for (round, expected) in [(2, "P0201"), (2, "P0202"), (3, "P0301"), (2, "P0203")] {
        let stored = store.register_perspective(&id, perspective(round, "p")).await.unwrap();
        assert_eq!(stored.id().to_string(), expected);
        assert_eq!((stored.created, stored.status), (second(0), EntryStatus::Open));
    }
    let claim = Claim { round: 2, ..Claim::default() };
    assert_eq!(store.register_claim(&id, claim).await.unwrap().id().to_string(), "C0201");
    let evidence = Evidence { round: 2, ..Evidence::default() };
    assert_eq!(store.register_evidence(&id, evidence).await.unwrap().id().to_string(), "E0201");
    let recommendation = Recommendation { round: 2, ..Recommendation::default() };
    let stored = store.register_recommendation(&id, recommendation).await.unwrap();
    assert_eq!(stored.id().to_string(), "R0201");
}

pub(crate) async fn a_round_has_more_than_a_hundred_perspectives(db: &dyn Database) {
    let store = dialogues(db).await;
    let id = begun(&*store).await;
    for number in 1..=120 {
        let stored = store.register_perspective(&id, perspective(1, "p")).await.unwrap();
        let shown = stored.id().to_string();
        assert_eq!(stored.seq, number);
        assert_eq!(shown.parse(), Ok(EntityId::new(EntityKind::Perspective, 1, number)));
    }
    let perspectives = store.export_dialogue(&id).await.unwrap().perspectives;
    let numbers: Vec<u32> = perspectives.iter().map(|perspective| perspective.seq).collect();
    assert_eq!(numbers, (1..=120).collect::<Vec<u32>>());
}

pub(crate) async fn registrations_at_once_have_numbers_of_their_own(db: &dyn Database) {
    let handles: [Arc<dyn DialogueStore>; 2] =
        [dialogues(db).await.into(), dialogues(db).await.into()];
    let id = begun(&*handles[0]).await;
    let registered = at_once(16, |at| {
        let (store, id) = (Arc::clone(&handles[at % 2]), id.clone());
        async move {
            let stored = store.register_perspective(&id, perspective(0, "p")).await;
            (stored.unwrap().seq, store.register_tension(&id, tension(0, "t")).await.unwrap().seq)
        }
    });
    let (perspectives, tensions): (Vec<u32>, Vec<u32>) = registered.await.into_iter().unzip();
    let mut numbers = [perspectives, tensions];
    for numbers in &mut numbers {
        numbers.sort_unstable();
    }
    assert_eq!(numbers, [(); 2].map(|()| (1..=16).collect::<Vec<u32>>()));
}

pub(crate) async fn tensions_have_their_events(db: &dyn Database) {
    let clock = clock();
    let store = dialogues_at(db, &clock).await;
    let id = begun(&*store).await;
    let stored = store.register_tension(&id, tension(0, "Income or growth")).await.unwrap();
    assert_eq!(stored.id().to_string(), "T0001");
    clock.advance(Duration::from_secs(1));
    let event = TensionEvent {
        round: 3,
        actors: ["scone"].map(expert).into(),
        reason: Some("a mixed portfolio".to_owned()),
        reference: Some("R0301".parse().unwrap()),
        ..TensionEvent::default()
    };
    let told = store
        .update_tension_status(&id, stored.id(), TensionStatus::Addressed, event)
        .await
        .unwrap();
    let export = store.export_dialogue(&id).await.unwrap();
    let moved = &export.tensions[0];
    assert_eq!((moved.status, moved.revision.get()), (TensionStatus::Addressed, 2));
    let events = store.tension_events(&id, stored.id()).await.unwrap();
    assert_eq!(events.last(), Some(&told));
    let told: Vec<_> =
        events.iter().map(|event| (event.number, event.kind, event.round, event.at)).collect();
    assert_eq!(
        told,
        [
            (1, TensionEventKind::Created, 0, second(0)),
            (2, TensionEventKind::Addressed, 3, second(1)),
        ]
    );
    assert_eq!(events[0].actors, stored.contributors);
    assert_eq!(events[1].reference.map(|id| id.to_string()).as_deref(), Some("R0301"));
}

pub(crate) async fn allowed_transitions_and_no_others(db: &dyn Database) {
    use TensionStatus::{Addressed, Open, Reopened, Resolved};

    let store = dialogues(db).await;
    let id = begun(&*store).await;
    for (way, allowed) in [
        (&[][..], &[Addressed, Resolved][..]),
        (&[Addressed], &[Resolved]),
        (&[Resolved], &[Reopened]),
        (&[Resolved, Reopened], &[Addressed, Resolved]),
    ] {
        for to in TensionStatus::ALL {
            let tension = store.register_tension(&id, tension(0, "t")).await.unwrap().id();
            for step in way {
                let event = TensionEvent::default();
                store.update_tension_status(&id, tension, *step, event).await.unwrap();
            }
            let outcome =
                store.update_tension_status(&id, tension, to, TensionEvent::default()).await;
            let from = way.last().copied().unwrap_or(Open);
            let events = store.tension_events(&id, tension).await.unwrap().len();
            if allowed.contains(&to) {
                assert_eq!(outcome.unwrap().kind, to.into());
                assert_eq!(events, way.len() + 2);
            } else {
                assert!(
                    matches!(outcome, Err(Error::Transition { from: f, to: t }) if (f, t) == (from, to)),
                    "{from} to {to}: {outcome:?}"
                );
                assert_eq!(events, way.len() + 1);
            }
        }
    }
}

pub(crate) async fn an_unknown_tension_has_no_event(db: &dyn Database) {
    let store = dialogues(db).await;
    let id = begun(&*store).await;
    let unknown = EntityId::new(EntityKind::Tension, 0, 7);
    let event = TensionEvent::default();
    let outcome = store.update_tension_status(&id, unknown, TensionStatus::Resolved, event).await;
    assert!(matches!(outcome, Err(Error::NotFound("Tension"))), "{outcome:?}");
    assert_eq!(store.tension_events(&id, unknown).await.unwrap(), []);

    store.register_tension(&id, tension(0, "t")).await.unwrap();
    let perspective = EntityId::new(EntityKind::Perspective, 0, 1);
    let event = TensionEvent::default();
    let outcome =
        store.update_tension_status(&id, perspective, TensionStatus::Resolved, event).await;
    assert!(matches!(outcome, Err(Error::NotFound("Tension"))), "{outcome:?}");
    assert_eq!(store.export_dialogue(&id).await.unwrap().tension_events.len(), 1);
}

pub(crate) async fn one_of_two_transitions_wins(db: &dyn Database) {
    let handles: [Arc<dyn DialogueStore>; 2] =
        [dialogues(db).await.into(), dialogues(db).await.into()];
    let id = begun(&*handles[0]).await;
    for _ in 0..8 {
        let tension = handles[0].register_tension(&id, tension(0, "t")).await.unwrap().id();
        let outcomes = at_once(2, |at| {
            let (store, id) = (Arc::clone(&handles[at]), id.clone());
            let (to, event) = (TensionStatus::Resolved, TensionEvent::default());
            async move { store.update_tension_status(&id, tension, to, event).await }
        });
        let outcomes = outcomes.await;
        assert_eq!(outcomes.iter().filter(|told| told.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(handles[0].tension_events(&id, tension).await.unwrap().len(), 2);
    }
}
