//! Changes that lose nothing: old rows are read, new ones written, and the old program goes on.

use keyloom::{ErrorKind, Record, Revision, Table, Timestamp};

use super::{File, base, block_on, version};

version!(with_optional, [global, partition = "list#{list}", sort = "{id}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) labels: Option<Vec<String>>,
    pub(crate) due: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

#[test]
fn an_optional_field() {
    block_on(async {
        let file = File::with(&["a", "b"]).await;
        let new = file.open::<with_optional::Items>().await.expect("it is added");
        let mut item = new.get(with_optional::Item::key("l", 1)).await.unwrap().expect("stored");
        assert_eq!((&*item.title, item.owner.as_deref(), item.due), ("a", None, None));
        item.owner = Some("me".to_owned());
        item.labels = Some(vec!["x".to_owned()]);
        new.save(&mut item).await.expect("it is saved");
        let owned = new.query(with_optional::Item::partition("l"));
        let owned = owned.filter(with_optional::Item::OWNER.is_present()).all().await.unwrap();
        assert_eq!(owned, [item.clone()]);

        // The old program still runs, and leaves the field alone that it does not know.
        let old = file.open::<base::Items>().await.expect("a column more is no harm");
        let mut seen = old.get(base::Item::key("l", 1)).await.unwrap().expect("stored");
        seen.title = "changed".to_owned();
        old.save(&mut seen).await.expect("it is saved");
        old.insert(&mut base::Item::new(3, "by the old")).await.expect("it is inserted");
        let after = new.get(with_optional::Item::key("l", 1)).await.unwrap().expect("stored");
        assert_eq!((&*after.title, &after.owner), ("changed", &item.owner));
        assert_eq!(new.query(with_optional::Item::partition("l")).all().await.unwrap().len(), 3);
        // Opened again it finds nothing to add.
        drop((new, old));
        let before = file.dump();
        file.open::<with_optional::Items>().await.expect("it fits");
        assert_eq!(file.dump(), before);
    });
}

fn seven() -> u8 {
    7
}

version!(with_default, [global, partition = "list#{list}", sort = "{id}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(default)]
    pub(crate) labels: Vec<String>,
    #[record(default = "seven")]
    pub(crate) rank: u8,
    #[record(revision)]
    pub(crate) revision: Revision,
});

#[test]
fn a_field_with_a_default() {
    block_on(async {
        let file = File::with(&["a"]).await;
        let new = file.open::<with_default::Items>().await.expect("it is added");
        let mut item = new.get(with_default::Item::key("l", 1)).await.unwrap().expect("stored");
        assert_eq!((item.rank, item.labels.len()), (7, 0));
        item.rank = 0;
        new.save(&mut item).await.expect("it is saved");
        let all = new.query(with_default::Item::partition("l")).all().await.unwrap();
        assert_eq!(all, [item]);
    });
}

version!(without_note, [global, partition = "list#{list}", sort = "{id}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    #[record(revision)]
    pub(crate) revision: Revision,
});

#[test]
fn a_removed_optional_field() {
    block_on(async {
        let file = File::with(&["a", "b"]).await;
        let new = file.open::<without_note::Items>().await.expect("the column stays");
        let mut item = new.get(without_note::Item::key("l", 1)).await.unwrap().expect("stored");
        item.title = "c".to_owned();
        new.save(&mut item).await.expect("it is saved");
        let mut more = without_note::Item { id: 3, revision: Revision::ZERO, ..item.clone() };
        new.insert(&mut more).await.expect("it is inserted");
        assert!(new.delete(without_note::Item::key("l", 2)).await.unwrap());

        let old = file.open::<base::Items>().await.expect("it fits");
        let seen = old.get(base::Item::key("l", 1)).await.unwrap().expect("stored");
        assert_eq!((&*seen.title, seen.note.as_deref()), ("c", Some("old")));
        let seen = old.get(base::Item::key("l", 3)).await.unwrap().expect("stored");
        assert_eq!(seen.note, None);
    });
}

version!(narrower, [global, partition = "list#{list}", sort = "item#{id}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u8,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

/// A type that is stored alike, and literals of a template, which SQLite does not store.
#[test]
fn a_narrower_number_and_another_literal() {
    block_on(async {
        let file = File::with(&["a"]).await;
        let old = file.open::<base::Items>().await.unwrap();
        old.insert(&mut base::Item::new(90, "large")).await.unwrap();
        let new = file.open::<narrower::Items>().await.expect("it fits");
        assert!(new.get(narrower::Item::key("l", 1)).await.unwrap().is_some());
        let error = new.get(narrower::Item::key("l", 90)).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Decode, Some("count")));
        insta::assert_snapshot!(
            error,
            @"stored data does not decode: `Item.count`: an integer that does not fit u8"
        );
    });
}

version!(with_indexes, [
    global,
    partition = "list#{list}",
    sort = "{id}",
    index(by_count, partition = "counts", sort = "{count}"),
    index(by_note, partition = "note#{note}"),
    index(by_title, partition = "title#{title:norm}", sort = "{id}")
], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

#[test]
fn indexes_on_old_data() {
    use with_indexes::{Item, Items};

    block_on(async {
        let titles: Vec<String> =
            (0..2_345).map(|at| format!(" {}Title {}", ['Ä', 'x'][at % 2], at % 100)).collect();
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let file = File::with(&[]).await;
        let mut items: Vec<base::Item> =
            (1..).zip(&titles).map(|(id, title)| base::Item::new(id, title)).collect();
        items[0].note = None;
        let old = file.open::<base::Items>().await.unwrap();
        old.insert_all(&mut items).await.expect("they are inserted");

        let new = file.open::<Items>().await.expect("they are added");
        let counts = new.query(Item::by_count().count(100..=200)).all().await.unwrap();
        assert_eq!(
            counts.iter().map(|item| item.count).collect::<Vec<_>>(),
            [100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200]
        );
        let noted = new.query(Item::by_note("old")).count().await.unwrap();
        assert_eq!(noted, titles.len() - 1);
        for (search, spelled) in [("ätitle 0", " ÄTitle 0"), ("XTITLE 7 ", " xTitle 7")] {
            let found = new.query(Item::by_title(search)).all().await.unwrap();
            assert_eq!(found.len(), titles.iter().filter(|title| **title == spelled).count());
            assert!(found.iter().all(|item| item.title == spelled));
            assert!(found.is_sorted_by_key(|item| item.id));
        }
        // From now on each save keeps them.
        let mut item = new.get(Item::key("l", 1)).await.unwrap().expect("stored");
        item.title = "Renamed".to_owned();
        new.save(&mut item).await.unwrap();
        assert_eq!(new.query(Item::by_title("renamed")).all().await.unwrap(), [item]);
    });
}

version!(with_unique, [
    global,
    partition = "list#{list}",
    sort = "{id}",
    index(by_title, partition = "title#{title:norm}", unique)
], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

#[test]
fn a_unique_index_on_old_data() {
    use with_unique::{Item, Items};

    block_on(async {
        let file = File::with(&["One", "one "]).await;
        let message = file.refusal::<Items>().await;
        insta::assert_snapshot!(
            message,
            @r#"schema mismatch: table "Item": records share a key of the new unique index "Item.by_title""#
        );
        // The old program mends the data.
        let old = file.open::<base::Items>().await.unwrap();
        let mut item = old.get(base::Item::key("l", 2)).await.unwrap().unwrap();
        item.title = "Two".to_owned();
        old.save(&mut item).await.unwrap();
        drop(old);

        let new = file.open::<Items>().await.expect("no title stands twice");
        let mut same = new.get(Item::key("l", 1)).await.unwrap().unwrap();
        same.title = " TWO".to_owned();
        let error = new.save(&mut same).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.constraint()),
            (ErrorKind::UniqueViolation, Some("by_title"))
        );
    });
}

version!(unique_count, [
    global,
    partition = "list#{list}",
    sort = "{id}",
    index(by_count, partition = "count#{count}", unique)
], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

#[test]
fn a_unique_index_that_the_schema_forgets() {
    block_on(async {
        let file = File::with(&["a", "b"]).await;
        drop(file.open::<unique_count::Items>().await.expect("no count stands twice"));
        let old = file.open::<base::Items>().await.expect("an index more is no harm");
        let mut third = base::Item { count: 10, ..base::Item::new(3, "c") };
        let error = old.insert(&mut third).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UniqueViolation);
        insta::assert_snapshot!(
            error,
            @"unique violation: a unique index of the file that the schema does not know"
        );
        third.count = 11;
        old.insert(&mut third).await.expect("it is inserted");
    });
}
