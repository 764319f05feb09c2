//! Tenants never see each other, however much they look alike.

use futures_util::TryStreamExt as _;
use keyloom::{ErrorKind, Result};

use crate::Database;
use crate::check::{Tenant, board, ok, refused};
use crate::domain::desk::{BoardItem, Desk, Note, Notice, Remark, Status, Ticket};
use crate::domain::{Account, LOOK_ALIKE, acme, open};
use crate::ways::assert_query;

fn mine(tenant: &str, ticket: Ticket) -> Ticket {
    Ticket { account: Account::from(tenant), ..ticket }
}

/// A record is read by its tenant alone: by key, by range, by index, in collections, by count.
pub(crate) async fn tenants_see_only_their_own(db: &dyn Database) {
    let store = open::<Desk>(db).await;
    for (at, tenant) in LOOK_ALIKE.into_iter().enumerate() {
        let desk = store.tenant(&Account::from(tenant));
        assert_eq!(board(&desk, "b").await, [], "{tenant:?} is still empty");
        assert_query(db, &[], || desk.query(Ticket::by_status(Status::Open))).await;
        let id = u32::try_from(at).unwrap_or_default();
        for id in [id, 1_000] {
            let mut ticket = mine(tenant, Ticket::new("b", id)).titled(tenant);
            ok(desk.insert(&mut ticket).await);
        }
    }
    for (at, tenant) in LOOK_ALIKE.into_iter().enumerate() {
        let desk = store.tenant(&Account::from(tenant));
        let id = u32::try_from(at).unwrap_or_default();
        let found = ok(desk.get_many([id, 1_000].map(|id| Ticket::key("b", id))).await);
        let own: Vec<Ticket> = found.into_iter().flatten().collect();
        assert_eq!(own.len(), 2);
        assert!(own.iter().all(|ticket| ticket.account == Account::from(tenant)));
        assert!(own.iter().all(|ticket| ticket.title == tenant));
        for other in 0..LOOK_ALIKE.len() {
            let other = u32::try_from(other).unwrap_or_default();
            let found = ok(desk.get(Ticket::key("b", other)).await);
            assert_eq!(found.is_some(), other == id, "{tenant:?} reads {other}");
        }
        assert_query(db, &own, || desk.query(Ticket::partition("b"))).await;
        assert_query(db, &own, || desk.query(Ticket::by_status(Status::Open))).await;
        let items: Vec<_> =
            own.iter().cloned().map(|own| BoardItem::Ticket(Box::new(own))).collect();
        assert_query(db, &items, || desk.query(BoardItem::partition("b"))).await;
    }
}

/// A save or delete through one tenant's scope leaves the others' records with the same key alone.
pub(crate) async fn tenants_write_only_their_own(db: &dyn Database) {
    let store = open::<Desk>(db).await;
    for tenant in LOOK_ALIKE {
        let desk = store.tenant(&Account::from(tenant));
        ok(desk.insert(&mut mine(tenant, Ticket::new("b", 1)).titled("first")).await);
    }
    for (gone, tenant) in LOOK_ALIKE.into_iter().enumerate() {
        let desk = store.tenant(&Account::from(tenant));
        let mut ticket = ok(desk.get(Ticket::key("b", 1)).await).expect("the ticket is stored");
        ticket.title = "changed".into();
        ok(desk.save(&mut ticket).await);
        if gone % 2 == 0 {
            assert!(ok(desk.delete(&ticket).await));
        } else {
            assert!(ok(desk.delete(Ticket::key("b", 1)).await));
        }
        for (at, other) in LOOK_ALIKE.into_iter().enumerate() {
            let desk = store.tenant(&Account::from(other));
            let found = ok(desk.get(Ticket::key("b", 1)).await);
            let expected = (at > gone).then_some("first");
            assert_eq!(found.as_ref().map(|ticket| ticket.title.as_str()), expected, "{other:?}");
            let found = ok(desk.query(Ticket::partition("b")).count().await);
            assert_eq!(found, usize::from(at > gone), "{other:?}");
        }
    }
}

/// The partition and the tenant are components of their own: text cannot move between them.
pub(crate) async fn text_does_not_move_from_tenant_to_partition(db: &dyn Database) {
    let store = open::<Desk>(db).await;
    let pairs = [("a", "b#c"), ("a#b", "c"), ("a#board#b", ""), ("a", "b%23c"), ("a%23b", "c")];
    for (tenant, name) in pairs {
        let desk = store.tenant(&Account::from(tenant));
        ok(desk.insert(&mut mine(tenant, Ticket::new(name, 1))).await);
    }
    for (tenant, name) in pairs {
        let desk = store.tenant(&Account::from(tenant));
        for (other, other_name) in pairs {
            let there =
                tenant == other && name == other_name || pairs.contains(&(tenant, other_name));
            let found = ok(desk.get(Ticket::key(other_name, 1)).await).is_some();
            assert_eq!(found, there, "{tenant:?} reads {other:?}'s {other_name:?}");
            let count = ok(desk.query(BoardItem::partition(other_name)).count().await);
            assert_eq!(count, usize::from(there));
        }
    }
}

/// A record of another tenant is refused by every write, before anything is asked of the engine.
pub(crate) async fn a_record_of_another_tenant_is_refused(db: &dyn Database) {
    let store = open::<Desk>(db).await;
    let desk = store.tenant(&acme());
    for tenant in ["acme#", "Acme", "", "acme ", "b"] {
        let mut ticket = mine(tenant, Ticket::new("b", 1));
        let before = ticket.clone();
        for insert in [true, false] {
            let write = if insert { desk.insert(&mut ticket) } else { desk.save(&mut ticket) };
            let error = refused(write.await, ErrorKind::TenantMismatch);
            assert_eq!((error.record(), error.field()), (Some("Ticket"), Some("account")));
            assert!(!error.is_retryable());
        }
        refused(desk.delete(&ticket).await, ErrorKind::TenantMismatch);
        assert_eq!(ticket, before);
        let mut remark = Remark { account: Account::from(tenant), ..Remark::new("b", 1, 1) };
        refused(desk.save(&mut remark).await, ErrorKind::TenantMismatch);
        refused(desk.delete(&remark).await, ErrorKind::TenantMismatch);

        let mut batch = [Remark::new("b", 1, 1), remark.clone(), Remark::new("b", 1, 3)];
        batch[1].number = 2;
        let outcomes = ok(desk.insert_all(&mut batch).await);
        for (at, outcome) in outcomes.into_iter().enumerate() {
            if at == 1 {
                refused(outcome, ErrorKind::TenantMismatch);
            } else {
                ok(outcome);
            }
        }
        let own = [batch[0].clone(), batch[2].clone()].map(BoardItem::Remark);
        assert_eq!(board(&desk, "b").await, own);
        for number in [1, 3] {
            assert!(ok(desk.delete(Remark::key("b", 1, number)).await));
        }
        if !tenant.is_empty() {
            assert_eq!(board(&store.tenant(&Account::from(tenant)), "b").await, []);
        }
    }
}

/// Every operation of a scope whose tenant is empty is refused.
pub(crate) async fn an_empty_tenant_is_refused(db: &dyn Database) {
    let store = open::<Desk>(db).await;
    let nobody: Tenant<Desk> = store.tenant(&Account::from(""));
    let mut ticket = mine("", Ticket::new("b", 1));
    let kind = ErrorKind::InvalidKey;
    refused(nobody.insert(&mut ticket).await, kind);
    refused(nobody.save(&mut ticket).await, kind);
    refused(nobody.insert_all(std::slice::from_mut(&mut ticket)).await, kind);
    refused(nobody.save_all(std::slice::from_mut(&mut ticket)).await, kind);
    refused(nobody.delete(&ticket).await, kind);
    refused(nobody.delete(Ticket::key("b", 1)).await, kind);
    refused(nobody.get(Ticket::key("b", 1)).await, kind);
    refused(nobody.get_many([Ticket::key("b", 1)]).await, kind);
    let query = || nobody.query(Ticket::partition("b"));
    refused(query().all().await, kind);
    refused(query().limit(0).all().await, kind);
    refused(query().first().await, kind);
    refused(query().count().await, kind);
    refused(query().page(None).await, kind);
    refused(nobody.query(Ticket::by_status(Status::Open)).all().await, kind);
    refused(nobody.query(BoardItem::partition("b")).all().await, kind);
    let streamed: Result<Vec<Ticket>> = query().stream().try_collect().await;
    refused(streamed, kind);
    assert_eq!(ticket, mine("", Ticket::new("b", 1)));
    // The global records, whose keys begin with an empty tenant, are not reached by it.
    let global = store.global();
    assert_eq!(ok(global.query(Notice::partition("b")).count().await), 0);
    if let Ok(reads) = nobody.read_scope().await {
        refused(reads.get(Ticket::key("b", 1)).await, kind);
        refused(reads.query(Note::partition("b")).all().await, kind);
    }
}

/// A tenant may be as long as a partition key allows, and of any characters.
pub(crate) async fn a_long_tenant_is_a_tenant(db: &dyn Database) {
    let store = open::<Desk>(db).await;
    for tenant in ["x".repeat(1_500), "ä".repeat(300), "\0".repeat(100), "#/?=&%".repeat(20)] {
        let desk = store.tenant(&Account::from(tenant.as_str()));
        let mut ticket = mine(&tenant, Ticket::new("b", 1));
        ok(desk.insert(&mut ticket).await);
        assert_query(db, &[ticket], || desk.query(Ticket::by_status(Status::Open))).await;
    }
    let too_long = "x".repeat(2_048);
    let desk = store.tenant(&Account::from(too_long.as_str()));
    refused(desk.insert(&mut mine(&too_long, Ticket::new("b", 1))).await, ErrorKind::InvalidKey);
    refused(desk.get(Ticket::key("b", 1)).await, ErrorKind::InvalidKey);
    refused(desk.query(Ticket::partition("b")).all().await, ErrorKind::InvalidKey);
}
