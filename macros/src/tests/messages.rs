//! The messages: each mistake has one, on the token that is wrong. `‹…›` encloses what an error
//! underlines; the messages come in the order of the errors.

use super::{Derive, errors};
use crate::derive;

fn check(derive: Derive, text: &str, expected: &[&str]) {
    let plain = text.replace(['‹', '›'], "");
    let found = errors(&derive(plain.parse().expect("tokens")));
    let messages: Vec<_> = found.iter().map(|(message, _, _)| message.as_str()).collect();
    assert_eq!(messages, expected, "{plain}");
    let mut marked: Vec<_> =
        text.split('‹').skip(1).filter_map(|part| part.split('›').next()).collect();
    let mut underlined: Vec<_> = found
        .iter()
        .map(|(_, first, last)| &plain[first.byte_range().start..last.byte_range().end])
        .collect();
    marked.sort_unstable();
    underlined.sort_unstable();
    underlined.dedup();
    assert_eq!(underlined, marked, "{plain}");
}

pub(super) fn record(text: &str, expected: &[&str]) {
    check(derive::record, text, expected);
}

/// A record whose only mistake is in its options.
pub(super) fn options(options: &str, expected: &[&str]) {
    let text = format!("#[record(global, {options})] struct A {{ id: u32, name: String }}");
    record(&text, expected);
}

/// A record whose only mistake is in its fields.
pub(super) fn fields(fields: &str, expected: &[&str]) {
    record(
        &format!(r#"#[record(global, partition = "a")] struct A {{ id: u32, {fields} }}"#),
        expected,
    );
}

#[test]
fn the_item() {
    record(
        "‹enum› A { B }",
        &[
            "`derive(Record)` takes a struct with named fields; for records of several types in one \
           partition write `derive(Collection)`",
        ],
    );
    record(
        "struct A‹(u8)›;",
        &["`derive(Record)` takes a struct with named fields, because keys and columns are named \
           after them; write `struct … { name: Type }`"],
    );
    record(
        "struct ‹A›;",
        &["`derive(Record)` takes a struct with named fields; this one has none"],
    );
    record(
        r#"#[record(global, partition = "a")] struct A<‹'a›> { id: &'a str }"#,
        &["generic parameters are not supported; write a record for each type, with owned fields"],
    );
}

#[test]
fn one_misspelling_is_one_error() {
    options(r#"‹partiton› = "a#{id}""#, &["unknown option `partiton`; did you mean `partition`?"]);
    options(
        r#"partition = "a", ‹indx›(by_id, partition = "{id}")"#,
        &["unknown option `indx`; did you mean `index`?"],
    );
    record(
        r#"#[record(partition = "a")] struct A { #[record(‹tennant›)] id: u32 }"#,
        &["unknown option `tennant`; did you mean `tenant`?"],
    );
    options(r#"partition = ‹"a#{idd}"›"#, &["`A` has no field `idd`; did you mean `id`?"]);
}

#[test]
fn unknown_words_come_with_the_list() {
    options(
        r#"partition = "a", ‹frobnicate› = 1"#,
        &[
            "unknown option `frobnicate`; the options of `#[record(…)]` on the struct are `partition`, \
           `sort`, `index`, `unique`, `stream`, `global`, `name`, `names`, `crate`",
        ],
    );
    options(
        r#"partition = ‹"a#{dialogue}"›"#,
        &["`A` has no field `dialogue`; the fields that can stand in a key are `id`, `name`"],
    );
    options(
        r#"partition = "a", ‹tenant›"#,
        &[
            "`tenant` is an option of `#[record(…)]` on a field, not of `#[record(…)]` on the struct; \
           write it there",
        ],
    );
    fields(
        r#"#[record(‹sort› = "x")] x: u8"#,
        &[
            "`sort` is an option of `#[record(…)]` on the struct, not of `#[record(…)]` on a field; \
           write it there",
        ],
    );
}

#[test]
fn values() {
    options("‹partition›", &["`partition` needs a value; write `partition = \"…\"`"]);
    options("‹partition› =", &["`partition` needs a value; write `partition = \"…\"`"]);
    options(r#"‹partition›("a")"#, &["`partition` needs a value; write `partition = \"…\"`"]);
    options("partition = ‹dialogue›", &["expected a string; write `partition = \"dialogue\"`"]);
    options("partition = ‹5›", &["expected a string, as in `partition = \"…\"`"]);
    options(r#"partition = "a" ‹sort› = "b""#, &["expected `,` before this"]);
    options(
        r#"partition = "a", ‹partition› = "b""#,
        &["`partition` is given twice; keep one of them"],
    );
    options(
        r#"partition = "a", ‹"sort"› = "b""#,
        &[
            "expected an option of `#[record(…)]` on the struct: `partition`, `sort`, `index`, `unique`, \
         `stream`, `global`, `name`, `names`, `crate`",
        ],
    );
    options(
        r#"partition = "a", crate = ‹"a b"›"#,
        &["expected a path such as `my::name`, found `\"a b\"`"],
    );
    record(
        r#"#[record(‹global› = true, partition = "a")] struct A { id: u32 }"#,
        &["`global` takes no value; write `global` alone"],
    );
    record(
        r#"#[‹record›] #[record(global, partition = "a")] struct A { id: u32 }"#,
        &["expected options in parentheses; write `#[record(…)]`"],
    );
}

#[test]
fn keys() {
    record(
        "#[record(global)] struct ‹A› { id: u32 }",
        &[
            "`A` has no key layout; write `#[record(partition = \"…\", sort = \"…\")]` with templates \
           such as `\"order#{id}\"`",
        ],
    );
    options(
        r#"partition = "a#{id}", sort = ‹"b#{id}"›"#,
        &["`{id}` stands twice in the primary key; write it once"],
    );
    record(
        r#"#[record(partition = ‹"{owner}"›)] struct A { #[record(tenant)] owner: String }"#,
        &["the tenant `owner` stands first in every key by itself; remove `{owner}`"],
    );
    record(
        r#"#[record(global, partition = ‹"{at}"›)] struct A { #[record(updated)] at: Timestamp }"#,
        &["`at` changes with every write, so it cannot stand in the primary key; put it into an \
           `index(…)`"],
    );
    record(
        r#"#[record(global, partition = ‹"{x}"›)] struct A { #[record(skip)] x: u8 }"#,
        &["`x` is not stored, so it cannot stand in a key; remove its `skip`"],
    );
}

#[test]
fn roles() {
    record(
        r#"#[record(partition = "a")] struct ‹A› { id: u32 }"#,
        &[
            "`A` has no tenant; mark the field that names its owner with `#[record(tenant)]`, or write \
           `#[record(global)]` on the struct if it has none",
        ],
    );
    record(
        r#"#[record(‹global›, partition = "a")] struct A { #[record(tenant)] id: u32 }"#,
        &["`A` has the tenant `id`, so it is not `global`; keep one of the two"],
    );
    record(
        r#"#[record(partition = "a")] struct A { #[record(tenant)] a: u32, #[record(‹tenant›)] b: u32 }"#,
        &["`a` and `b` are both marked `tenant`; a record has one such field"],
    );
    fields(
        "#[record(created, ‹updated›)] x: Timestamp",
        &["`x` is marked both `created` and `updated`; a field has one role"],
    );
    fields(
        r#"#[record(‹skip›, rename = "y")] x: u8"#,
        &[
            "a skipped field is not stored and takes its type's default when read, so `rename` says \
           nothing; remove it, or `skip`",
        ],
    );
    fields(
        "#[record(‹default›)] x: Option<u8>",
        &["`x` is an `Option`, which is `None` where nothing is stored; remove `default`"],
    );
}

#[test]
fn indexes() {
    options(
        r#"partition = "a", ‹index›(partition = "b#{id}")"#,
        &["an index begins with its name; write `index(by_name, partition = \"…\")`"],
    );
    options(
        r#"partition = "a", index(‹"by_id"›, partition = "b#{id}")"#,
        &["the name of an index stands first and without quotes; write `index(by_id, …)`"],
    );
    options(
        r#"partition = "a", index(‹by_id›)"#,
        &["the index `by_id` has no partition; write `partition = \"…\"`"],
    );
    options(
        r#"partition = "a", index(by_id, partition = "b", slot = ‹21›)"#,
        &["a slot is a number from 1 to 20"],
    );
    options(
        r#"partition = "a", index(by_id, partition = "b"), index(‹by_id›, partition = "c")"#,
        &["two indexes of `A` are named `by_id`; rename one"],
    );
    options(
        r#"partition = "a", index(‹key›, partition = "b")"#,
        &["the function that makes a key and the function of index `key` are both called `key`; \
           write `method = \"…\"` in the index"],
    );
}

#[test]
fn projections() {
    let projection = |value: &str, expected: &[&str]| {
        record(
            &format!(
                r#"#[record(partition = "a#{{id}}", index(by_name, partition = "b#{{name}}", {value}))]
                   struct A {{
                       #[record(tenant)] owner: String,
                       id: u32,
                       name: String,
                       title: String,
                       labels: Vec<String>,
                       #[record(skip)] cache: u8,
                       #[record(expires)] until: Timestamp,
                       #[record(deleted)] gone: Option<Timestamp>,
                       #[record(revision)] revision: Revision,
                   }}"#
            ),
            expected,
        );
    };
    let list = "the projections are `all`, `keys` and `include(title, …)`";
    projection("projection = all", &[]);
    projection("projection = keys", &[]);
    projection("projection = include(title, labels,)", &[]);
    projection("‹projection›", &["`projection` needs a value; write `projection = keys`"]);
    projection("‹projection›(title)", &["`projection` needs a value; write `projection = keys`"]);
    projection("‹include›(title)", &["unknown option `include`; did you mean `projection`?"]);
    projection(
        r#"projection = ‹"keys"›"#,
        &["expected a word; write `projection = keys` without quotes"],
    );
    projection(
        r#"projection = ‹"KEYS_ONLY"›"#,
        &["expected a word; write `projection = keys` without quotes"],
    );
    projection(
        r#"projection = ‹"include(title)"›"#,
        &[&format!("expected a word without quotes; {list}")],
    );
    projection("projection = ‹1›", &[&format!("expected a word; {list}")]);
    projection("projection = ‹kyes›", &["unknown projection `kyes`; did you mean `keys`?"]);
    projection(
        "projection = ‹inclde›(title), method = \"m\"",
        &["unknown projection `inclde`; did you mean `include`?"],
    );
    projection("projection = ‹some›", &[&format!("unknown projection `some`; {list}")]);
    projection(
        "projection = ‹keys›(title)",
        &["`keys` takes no fields; write `keys` alone, or `include(title, …)`"],
    );
    projection(
        "projection = ‹include›, method = \"m\"",
        &["`include` names the fields that the index holds; write `include(title, …)`"],
    );
    projection(
        "projection = ‹include›()",
        &["`include()` names no field; name one, or write `projection = keys`"],
    );
    projection(
        "projection = keys, ‹projection› = all",
        &["`projection` is given twice; keep one of them"],
    );
    projection("projection = include(‹5›)", &["expected the name of a field"]);
    projection("projection = include(title ‹labels›)", &["expected `,` between two fields"]);
    projection(
        r#"projection = include(‹"title"›, labels)"#,
        &["a field is named without quotes; write `include(title, …)`"],
    );
    projection(
        "projection = include(‹titel›, labels)",
        &["`A` has no field `titel`; did you mean `title`?"],
    );
    projection(
        "projection = include(‹colour›)",
        &["`A` has no field `colour`; the fields that can be included are `title`, `labels`, \
           `revision`"],
    );
    projection(
        "projection = include(title, ‹title›)",
        &["`title` stands twice in `include(…)`; write it once"],
    );
    projection(
        "projection = include(‹cache›)",
        &["`cache` is not stored, so no index can hold it; remove it here, or its `skip`"],
    );
    let held = [
        ("owner", "the tenant `owner`"),
        ("id", "the field `id` of the primary key"),
        ("name", "the field `name` of the index's own key"),
        ("until", "the field `until`, by which the record expires,"),
        ("gone", "the field `gone`, which marks soft deletes,"),
    ];
    for (field, what) in held {
        projection(
            &format!("projection = include(title, ‹{field}›)"),
            &[&format!("every projection holds {what} already; remove it here")],
        );
    }
}

#[test]
fn sets() {
    fields(
        "x: ‹Option<BTreeSet<String>>›",
        &[
            "`x` cannot be an `Option` of a set: an empty set is stored as absent, so `None` could not \
           be told from it; write `BTreeSet<…>`",
        ],
    );
    fields(
        "x: ‹Option<std::collections::HashSet<u8, S>>›",
        &[
            "`x` cannot be an `Option` of a set: an empty set is stored as absent, so `None` could not \
           be told from it; write `HashSet<…>`",
        ],
    );
    fields("x: Option<Vec<BTreeSet<u8>>>, #[record(skip)] y: Option<HashSet<u8>>", &[]);
}

#[test]
fn names() {
    fields(
        "‹pk›: u8",
        &["the stored name `pk` is reserved: DynamoDB's key attributes are named like it; write \
           `#[record(rename = \"…\")]` with another"],
    );
    fields(
        r#"#[record(rename = ‹"gsi12sk"›)] x: u8"#,
        &[
            "the stored name `gsi12sk` is reserved: DynamoDB's key attributes are named like it; write \
           `#[record(rename = \"…\")]` with another",
        ],
    );
    fields(
        r#"#[record(rename = ‹"ID"›)] x: u8"#,
        &[
            "`id` and `x` are stored under one name, `ID` (SQLite does not tell upper from lower case); \
           write `#[record(rename = \"…\")]` on one of them",
        ],
    );
    fields(
        r#"#[record(token = ‹"ID"›)] x: u8"#,
        &["the constant of field `id` and the constant of field `x` are both called `ID`; write \
           `#[record(token = \"…\")]` on the field"],
    );
    options(
        r#"partition = "a", name = ‹"sqlite_a"›"#,
        &["SQLite keeps names that begin with `sqlite_` for itself; take another"],
    );
    options(
        r#"partition = "a", name = ‹"a b"›"#,
        &[
            "the record's name `a b` holds ` `; it is made of letters A-Z and a-z, digits, `_`, `.`, \
           `~` and `-`; write `#[record(name = \"…\")]`",
        ],
    );
}

#[test]
fn key_parts() {
    let part = |text: &str, expected: &[&str]| check(derive::key_part, text, expected);
    part(
        "struct ‹A›;",
        &["a key part holds one value; write `struct … (String);`, or an enum without data"],
    );
    part(
        "struct A { a: u8, ‹b›: u8 }",
        &[
            "a key part holds one value; put each field into the key by its own placeholder, or write \
         `#[key_part(text)]` on a type with `Display` and `FromStr`",
        ],
    );
    part("enum ‹A› {}", &["`A` has no variants, so no key can hold it; add one"]);
    part(
        "enum A { B, ‹C›(u8) }",
        &[
            "`C` holds data, which a key part cannot; put the data into a field of the record and the \
         field into the key, or write `#[key_part(text)]` on a type with `Display` and `FromStr`",
        ],
    );
    part(
        r#"#[key_part(rename_all = ‹"snakecase"›)] enum A { B }"#,
        &["unknown rule `snakecase`; did you mean `snake_case`?"],
    );
    part(
        r#"enum A { B, #[key_part(rename = ‹"B"›)] C }"#,
        &["`B` and `C` have one tag, `B`; write `#[key_part(rename = \"…\")]` on one"],
    );
    part(
        r#"enum A { #[key_part(rename = ‹"a b"›)] B }"#,
        &[
            "the tag `a b` cannot stand in a key: a tag is made of letters A-Z and a-z, digits, `_` and \
         `-`; write `#[key_part(rename = \"…\")]`",
        ],
    );
    let two_names =
        "names tags, and with `text` the type's own text stands in keys; remove one of the two";
    part(
        r#"#[key_part(text, ‹rename_all› = "lowercase")] enum A { B }"#,
        &[&format!("`rename_all` {two_names}")],
    );
    part(
        r#"#[key_part(text)] enum A { #[key_part(‹rename› = "b")] B }"#,
        &[&format!("`rename` {two_names}")],
    );
    part(
        "#[key_part(text, ‹no_from›)] struct A { a: u8, b: u8 }",
        &["with `text` there are no conversions to leave out; remove `no_from`"],
    );
}

#[test]
fn tables() {
    let table = |text: &str, expected: &[&str]| check(derive::table, text, expected);
    table(
        "struct ‹Blue›;",
        &["`Blue` lists no records; write `#[table(records(Order, Customer))]`"],
    );
    table(
        "#[table(‹records›())] struct Blue;",
        &["a table without records stores nothing; write `records(Order, Customer)`"],
    );
    table("#[table(records(A, B, ‹A›))] struct Blue;", &["`A` is listed twice; remove one"]);
    table("#[table(records(A ‹B›))] struct Blue;", &["expected `,` between two records"]);
    table(
        r#"#[table(tenant = ‹"Id"›, records(A))] struct Blue;"#,
        &["expected a type; write `tenant = Id` without quotes"],
    );
    table(
        "#[table(records(A))] struct Blue ‹{ id: u32 }›",
        &["a table holds no values of its own; write `struct Blue;`"],
    );
    table(
        "#[table(records(A), ‹tennant› = Id)] struct Blue;",
        &["unknown option `tennant`; did you mean `tenant`?"],
    );
}

#[test]
fn collections() {
    let collection = |text: &str, expected: &[&str]| check(derive::collection, text, expected);
    collection(
        "enum ‹A› {}",
        &["`A` has no variants; write one for each record, such as `Order(Order)`"],
    );
    collection("enum A { ‹B› }", &["a variant of a collection holds one record; write `B(B)`"]);
    collection("enum A { B(B), C(Box<‹B›>) }", &["`B` stands in two variants; remove one"]);
    collection(
        "‹struct› A;",
        &["`derive(Collection)` takes an enum with one variant for each record; write \
         `enum … { Order(Order), Line(Line) }`"],
    );
}

#[test]
fn all_mistakes_come_in_one_build() {
    record(
        r#"#[record(‹sorted› = "x", index(‹by_id›), partition = ‹"{idd}"›)]
           struct ‹A› { id: u32, ‹_x›: u8, #[record(‹rename›)] y: u8 }"#,
        &[
            "unknown option `sorted`; did you mean `sort`?",
            "`rename` needs a value; write `rename = \"…\"`",
            "`A` has no field `idd`; did you mean `id`?",
            "the index `by_id` has no partition; write `partition = \"…\"`",
            "`A` has no tenant; mark the field that names its owner with `#[record(tenant)]`, or write \
             `#[record(global)]` on the struct if it has none",
            "the stored name `_x` is reserved: names that begin with `_` are keyloom's own; write \
             `#[record(rename = \"…\")]` with another",
        ],
    );
}
