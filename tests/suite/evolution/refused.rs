//! Changes that would lose or re-key data.

use keyloom::{Record, Revision, Table};

use super::{File, base, block_on, version};

version!(other_type, [global, partition = "list#{list}", sort = "{id}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: Vec<u8>,
    pub(crate) count: String,
    pub(crate) note: Option<f64>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(other_key, [global, partition = "title#{title}", sort = "{id}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(swapped_key, [global, partition = "id#{id}", sort = "{list}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(longer_key, [global, partition = "list#{list}", sort = "{id}#{title}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(normalised_key, [global, partition = "list#{list:norm}", sort = "{id}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(renamed_key, [global, partition = "list#{register}", sort = "{id}"], {
    pub(crate) register: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(text_key, [global, partition = "list#{list}", sort = "{id}"], {
    pub(crate) list: String,
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(new_required, [global, partition = "list#{list}", sort = "{id}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    pub(crate) owner: String,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(without_count, [global, partition = "list#{list}", sort = "{id}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(other_presence, [global, partition = "list#{list}", sort = "{id}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: Option<String>,
    pub(crate) count: u32,
    pub(crate) note: String,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(all_at_once, [global, partition = "title#{title}"], {
    pub(crate) title: String,
    pub(crate) id: f64,
    pub(crate) note: String,
    pub(crate) owner: String,
});

#[test]
fn changes_of_the_record() {
    let mut messages = String::new();
    block_on(async {
        let file = File::with(&["a", "b", "c"]).await;
        macro_rules! refuse {
            ($($version:ident)*) => {$(
                let message = file.refusal::<$version::Items>().await;
                messages += &format!("{}:\n    {}\n", stringify!($version), message.replace("; table", ";\n    table"));
            )*};
        }
        refuse! {
            other_type other_key swapped_key longer_key normalised_key renamed_key text_key
            new_required without_count other_presence all_at_once
        }
        let old = file.open::<base::Items>().await.expect("it fits as before");
        assert_eq!(old.query(base::Item::partition("l")).all().await.unwrap().len(), 3);
    });
    insta::assert_snapshot!(messages);
}

version!(indexed, [
    global,
    partition = "list#{list}",
    sort = "{id}",
    index(by_count, partition = "count#{count}"),
    index(by_note, partition = "note#{note}"),
    index(by_title, partition = "title#{title}", unique)
], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(indexed_otherwise, [
    global,
    partition = "list#{list}",
    sort = "{id}",
    index(by_count, partition = "count#{count}", unique),
    index(by_note, partition = "note#{count}", sort = "{title}"),
    index(by_title, partition = "title#{title:norm}")
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
fn changes_of_an_index() {
    block_on(async {
        let file = File::with(&["a", "b"]).await;
        drop(file.open::<indexed::Items>().await.expect("they are added"));
        let message = file.refusal::<indexed_otherwise::Items>().await;
        insta::assert_snapshot!(message.replace("; ", ";\n"), @r#"
        schema mismatch: table "Item": index "Item.by_count" is not unique in the file and unique in the schema;
        table "Item": index "Item.by_note" is on ("note") in the file and on ("count", "title") in the schema;
        table "Item": index "Item.by_note" holds only rows with "note" IS NOT NULL in the file and holds every row in the schema;
        table "Item": index "Item.by_title" is unique in the file and not unique in the schema;
        table "Item": index "Item.by_title" is on ("title") in the file and on ("title__norm") in the schema
        "#);
        file.open::<indexed::Items>().await.expect("it fits as before");

        // An index made by hand in the place of ours.
        file.execute(
            "DROP INDEX \"Item.by_note\"; \
             CREATE INDEX \"Item.by_note\" ON Item (note COLLATE NOCASE) WHERE note IS NOT NULL; \
             DROP INDEX \"Item.by_count\"; CREATE INDEX \"Item.by_count\" ON Item (count) WHERE count > 1",
        );
        let message = file.refusal::<indexed::Items>().await;
        insta::assert_snapshot!(message.replace("; ", ";\n"), @r#"
        schema mismatch: table "Item": index "Item.by_count" holds only rows with count > 1 in the file and holds every row in the schema;
        table "Item": index "Item.by_note" of the file has a collation or descends;
        table "Item": index "Item.by_note" holds only rows with note IS NOT NULL in the file and holds only rows with "note" IS NOT NULL in the schema
        "#);
    });
}

/// Tables that keyloom did not make.
#[test]
fn tables_of_another_make() {
    const COLUMNS: &str = "list TEXT NOT NULL, id INTEGER NOT NULL, title TEXT NOT NULL, \
                           count INTEGER NOT NULL, note TEXT, revision INTEGER NOT NULL";
    let mut messages = Vec::new();
    for sql in [
        format!("CREATE TABLE Item ({COLUMNS}, PRIMARY KEY (list, id))"),
        format!("CREATE TABLE Item ({COLUMNS}, PRIMARY KEY (list, id)) STRICT"),
        format!("CREATE TABLE Item ({COLUMNS}, PRIMARY KEY (list, id)) WITHOUT ROWID"),
        format!("CREATE TABLE Item ({COLUMNS}) STRICT"),
        format!(
            "CREATE TABLE Item ({COLUMNS}, PRIMARY KEY (list COLLATE NOCASE, id)) \
             STRICT, WITHOUT ROWID"
        ),
        format!("CREATE TABLE Item ({COLUMNS}, PRIMARY KEY (list, id DESC)) STRICT, WITHOUT ROWID"),
        format!(
            "CREATE TABLE Item ({}, PRIMARY KEY (list, id)) STRICT, WITHOUT ROWID",
            COLUMNS.replace("note TEXT", "note TEXT AS (title)")
        ),
        "CREATE VIEW Item AS SELECT 1 AS list".to_owned(),
        "CREATE VIRTUAL TABLE Item USING fts5(list)".to_owned(),
    ] {
        block_on(async {
            let file = File { directory: tempfile::tempdir().unwrap() };
            file.execute(&sql);
            messages.push(file.refusal::<base::Items>().await);
        });
    }
    insta::assert_snapshot!(messages.join("\n"));

    // One that fits is taken as it is.
    block_on(async {
        let file = File { directory: tempfile::tempdir().unwrap() };
        file.execute(&format!(
            "CREATE TABLE item ({COLUMNS}, extra TEXT NOT NULL DEFAULT 'x', PRIMARY KEY (list, id)) \
             STRICT, WITHOUT ROWID; \
             INSERT INTO item VALUES ('l', 1, 't', 2, NULL, 1, 'y'); PRAGMA user_version = 7"
        ));
        let items = file.open::<base::Items>().await.expect("it fits");
        let mut item = items.get(base::Item::key("l", 1)).await.unwrap().expect("stored");
        items.save(&mut item).await.expect("it is saved");
        items.insert(&mut base::Item::new(2, "b")).await.expect("it is inserted");
    });
}

#[test]
fn other_files_and_names() {
    block_on(async {
        // Text in another encoding would be ordered otherwise.
        let file = File { directory: tempfile::tempdir().unwrap() };
        file.execute("PRAGMA encoding = 'UTF-16le'; CREATE TABLE Item (list TEXT)");
        insta::assert_snapshot!(
            file.refusal::<base::Items>().await,
            @"schema mismatch: the file stores text as UTF-16le, and its order would differ"
        );

        // The name of an index is taken.
        let file = File::with(&["a"]).await;
        file.execute("CREATE TABLE other (x); CREATE INDEX \"item.BY_TITLE\" ON other (x)");
        insta::assert_snapshot!(
            file.refusal::<indexed::Items>().await,
            @r#"schema mismatch: table "Item": the name of index "Item.by_title" is taken by the index on "other" of the file"#
        );
        file.execute("DROP TABLE other; CREATE TABLE \"Item.by_title\" (x)");
        insta::assert_snapshot!(
            file.refusal::<indexed::Items>().await,
            @r#"schema mismatch: table "Item": the name of index "Item.by_title" is taken by the table "Item.by_title" of the file"#
        );
    });
}

version!(norm_title, [
    global,
    partition = "list#{list}",
    sort = "{id}",
    index(by_title, partition = "title#{title:norm}")
], {
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) note: Option<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

/// A backfill that meets what is no text takes nothing with it.
#[test]
fn a_damaged_row_under_a_new_index() {
    block_on(async {
        let file = File::with(&["a", "b"]).await;
        file.execute("UPDATE Item SET title = CAST(x'ff' AS TEXT) WHERE id = 2");
        insta::assert_snapshot!(
            file.refusal::<norm_title::Items>().await,
            @r#"schema mismatch: table "Item": column "title__norm": a row cannot be in the index: expected a Text key value, found bytes"#
        );
        file.execute("UPDATE Item SET title = ' B' WHERE id = 2");
        let items = file.open::<norm_title::Items>().await.expect("it is filled");
        assert_eq!(items.query(norm_title::Item::by_title("b")).count().await.unwrap(), 1);
    });
}
