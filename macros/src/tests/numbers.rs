//! The messages about unique constraints, soft deletes, sequences and streams.

use super::messages::{fields, options, record};

/// A record with a revision whose only mistake is in these options and fields.
fn saved(options: &str, fields: &str, expected: &[&str]) {
    record(
        &format!(
            "#[record(global, {options})] struct A {{
                 id: u32, name: String, #[record(skip)] cache: u8, {fields},
                 #[record(revision)] revision: Revision,
             }}"
        ),
        expected,
    );
}

#[test]
fn constraints() {
    let unique = |unique: &str, expected: &[&str]| {
        saved(&format!(r#"partition = "a", {unique}"#), "x: u8", expected);
    };
    unique("unique(both, id, name,), unique(r#type, x)", &[]);
    unique("‹unique›", &["`unique` takes options in parentheses; write `unique(seat, room, row)`"]);
    unique("‹unique›()", &["a constraint begins with its name; write `unique(seat, room, row)`"]);
    unique(
        "‹unique›(5, id)",
        &["a constraint begins with its name; write `unique(seat, room, row)`"],
    );
    unique(
        r#"unique(‹"both"›, id)"#,
        &["the name of a constraint stands first and without quotes; write `unique(both, …)`"],
    );
    unique("unique(both ‹id›)", &["expected `,` after the name of the constraint"]);
    unique(
        "unique(‹id›)",
        &[
            "the constraint `id` names no field; write `unique(id, …)` with the fields that are unique \
           together, or `#[record(unique)]` on one that is so alone",
        ],
    );
    unique(
        r#"unique(both, ‹"id"›, name)"#,
        &["a field is named without quotes; write `unique(both, id)`"],
    );
    unique("unique(both, ‹nmae›)", &["`A` has no field `nmae`; did you mean `name`?"]);
    unique(
        "unique(both, ‹colour›)",
        &[
            "`A` has no field `colour`; the fields that can be unique are `id`, `name`, `x`, `revision`",
        ],
    );
    unique(
        "unique(both, id, ‹id›)",
        &["`id` stands twice in the constraint `both`; write it once"],
    );
    unique(
        "unique(both, ‹cache›)",
        &["`cache` is not stored, so it cannot be unique; remove its `skip`"],
    );
    unique("‹uniqe›(both, id)", &["unknown option `uniqe`; did you mean `unique`?"]);
}

#[test]
fn names_of_constraints() {
    options(
        r#"partition = "a", unique(both, id), unique(‹Both›, name)"#,
        &["two unique constraints of `A` are named `Both`; rename one"],
    );
    options(
        r#"partition = "a", index(both, partition = "b#{id}"), unique(‹both›, id)"#,
        &["an index and a unique constraint of `A` are named `both`; rename one"],
    );
    record(
        r#"#[record(global, partition = "a", unique(mail, id))] struct A { id: u8, #[record(‹unique›)] mail: String }"#,
        &[
            "two unique constraints of `A` are named `mail`; name this one, by `unique(…, mail)` on the \
           struct in its place",
        ],
    );
    fields("#[record(unique, ‹unique›)] x: u8", &["`unique` is given twice; keep one of them"]);
    fields("#[record(‹unique› = true)] x: u8", &["`unique` takes no value; write `unique` alone"]);
    fields(
        "#[record(‹skip›, unique)] x: u8",
        &[
            "a skipped field is not stored and takes its type's default when read, so `unique` says \
           nothing; remove it, or `skip`",
        ],
    );
}

#[test]
fn soft_deletes() {
    let deleted = "#[record(deleted)] gone: Option<Timestamp>";
    saved(r#"partition = "a""#, deleted, &[]);
    fields(
        "#[record(‹deleted›)] gone: Option<Timestamp>",
        &["`gone` marks soft deletes, and `A` has no revision, without which a save would undo a \
           delete or a restore that it has not seen; add a field with `#[record(revision)]`"],
    );
    saved(
        r#"partition = ‹"a#{gone}"›"#,
        deleted,
        &[
            "`gone` is set when the record is deleted, so it cannot stand in the primary key; remove \
           `{gone}`",
        ],
    );
    saved(
        r#"partition = "a""#,
        "#[record(deleted)] a: Option<Timestamp>, #[record(‹deleted›)] b: Option<Timestamp>",
        &["`a` and `b` are both marked `deleted`; a record has one such field"],
    );
    saved(
        r#"partition = "a""#,
        "#[record(‹soft_delete›)] a: Option<Timestamp>",
        &["unknown option `soft_delete`; did you mean `deleted`?"],
    );
}

#[test]
fn sequences() {
    let sequence = |options: &str, number: &str, expected: &[&str]| {
        saved(options, &format!("owner: u8, {number}"), expected);
    };
    let plain = "#[record(sequence)] n: u64";
    sequence(r#"partition = "a", sort = "{n}""#, plain, &[]);
    sequence(r#"partition = "a""#, r#"#[record(sequence = "b#{owner:4}#{id}")] n: u64"#, &[]);
    fields(
        "#[record(‹sequence›)] n: u64",
        &[
            "a save of revision zero is what gives `n` its number, and `A` has no revision; add a field \
           with `#[record(revision)]`",
        ],
    );
    sequence(
        r#"partition = "a""#,
        "#[record(sequence)] n: ‹Option<u64>›",
        &[
            "`n` cannot be an `Option`: each record of a sequence has a number, and zero stands for one \
           that is not given yet; write `u64`",
        ],
    );
    sequence(
        r#"partition = "a""#,
        "#[record(sequence)] n: u64, #[record(‹sequence›)] m: u64",
        &["`n` and `m` are both marked `sequence`; a record has one such field"],
    );
    sequence(
        r#"partition = ‹"a#{n}"›"#,
        plain,
        &[
            "`n` is given to a record of a partition when it is inserted, so it cannot stand in the \
           partition template; put `{n}` into the sort template",
        ],
    );
}

#[test]
fn scopes() {
    let scope = |sequence: &str, expected: &[&str]| {
        let field = format!("#[record({sequence})] n: u64, #[record(created)] made: Timestamp");
        saved(r#"partition = "a""#, &field, expected);
    };
    scope(r#"sequence = "rounds""#, &[]);
    scope("‹sequence› =", &["`sequence` needs a value; write `sequence = \"…\"`"]);
    scope("sequence = ‹rounds›", &["expected a string; write `sequence = \"rounds\"`"]);
    scope(r#"sequence = ‹"a##b"›"#, &["an empty component in the template `a##b`; write `a#b`"]);
    scope(r#"sequence = ‹"a#{nmae}"›"#, &["`A` has no field `nmae`; did you mean `name`?"]);
    scope(
        r#"sequence = ‹"{id}#{id}"›"#,
        &["`{id}` stands twice in the scope of `n`; write it once"],
    );
    scope(
        r#"sequence = ‹"{cache}"›"#,
        &["`cache` is not stored, so it cannot stand in a key; remove its `skip`"],
    );
    scope(
        r#"sequence = ‹"a#{n}"›"#,
        &["`n` cannot stand in its own scope, which is known before the number is; remove `{n}`"],
    );
    for decided in ["revision", "made"] {
        scope(
            &format!(r#"sequence = ‹"a#{{{decided}}}"›"#),
            &[&format!(
                "`{decided}` is decided by keyloom when it writes the record, so it cannot stand in the \
                 scope of `n`; name a field that is known before"
            )],
        );
    }
    record(
        r#"#[record(partition = "a")] struct A {
               #[record(tenant)] owner: String, #[record(revision)] revision: Revision,
               #[record(sequence = ‹"{owner}"›)] n: u64
           }"#,
        &["the tenant `owner` stands first in every key by itself; remove `{owner}`"],
    );
    fields(
        r#"#[record(sequence = "a", ‹sequence› = "b")] n: u64, #[record(revision)] r: Revision"#,
        &["`sequence` is given twice; keep one of them"],
    );
}

/// A stream whose only mistake is in these options and fields.
fn stream(options: &str, fields: &str, expected: &[&str]) {
    let text =
        format!("#[record(global, {options})] struct A {{ id: u32, {fields}, kind: String }}");
    record(&text, expected);
}

#[test]
fn streams() {
    let plain = "#[record(sequence)] n: u64";
    stream(r#"stream, partition = "a#{id}", sort = "event#{kind}#n{n}""#, plain, &[]);
    stream(
        r#"stream, partition = "a", sort = "{n}", index(by_id, partition = "{id}")"#,
        plain,
        &[],
    );
    stream(
        r#"‹stream›, partition = "a""#,
        "n: u64",
        &["`A` is a stream, and no field numbers its events; mark one with `#[record(sequence)]`"],
    );
    stream(
        r#"stream, partition = "a", sort = "{n}""#,
        r#"#[record(sequence = ‹"b"›)] n: u64"#,
        &["the events of one stream are numbered without holes, so `n` has no other scope; write \
           `#[record(sequence)]`"],
    );
    let last = "a stream is read in the order of its numbers, so `{n}` is the last component of the \
                sort template; write `sort = \"…#{n}\"`";
    stream(r#"stream, partition = "a", sort = ‹"{n}#{id}"›"#, plain, &[last]);
    stream(r#"stream, partition = "a", sort = ‹"{n}#event"›"#, plain, &[last]);
    stream(r#"stream, partition = "a", sort = ‹"{id}"›"#, plain, &[last]);
    stream(r#"‹stream›, partition = "a""#, plain, &[last]);
    stream(
        r#"stream, partition = "a", sort = ‹"{m}"›"#,
        plain,
        &["`A` has no field `m`; did you mean `n`?"],
    );
    stream(
        r#"stream, partition = ‹"a#{n}"›, sort = "event""#,
        plain,
        &[
            "`n` is given to a record of a partition when it is inserted, so it cannot stand in the \
           partition template; put `{n}` into the sort template",
        ],
    );
    stream(
        r#"stream, partition = "a", sort = "{n}", names(stream = ‹"key"›)"#,
        plain,
        &[
            "the function that makes a key and the function that names a stream are both called `key`; \
           write `names(stream = \"…\")`",
        ],
    );
}

#[test]
fn events_are_never_changed() {
    let field = |field: &str, message: &str| {
        let fields = format!("#[record(sequence)] n: u64, {field}");
        stream(r#"stream, partition = "a", sort = "{n}""#, &fields, &[message]);
    };
    field(
        "#[record(‹revision›)] version: Revision",
        "`A` is a stream, whose events are never changed, so they have no revision; remove `version`",
    );
    field(
        "#[record(‹updated›)] at: Timestamp",
        "`A` is a stream, whose events are never changed, so they have no time of a last change; remove \
         `at`",
    );
    field(
        "#[record(‹expires›)] until: Timestamp",
        "`A` is a stream, whose numbers have no holes, so no event expires before an older one; remove \
         `until`",
    );
    let unique = "`A` is a stream, to which events are appended whatever the others hold, so nothing of \
                  it is unique; remove `unique`, and keep such values in a record of their own";
    field("#[record(‹unique›)] x: u8", unique);
    let plain = "#[record(sequence)] n: u64";
    stream(r#"stream, partition = "a", sort = "{n}", unique(‹both›, id, kind)"#, plain, &[unique]);
    stream(
        r#"stream, partition = "a", sort = "{n}", index(by_id, partition = "{id}", ‹unique›)"#,
        plain,
        &[unique],
    );
}

#[test]
fn names_of_streams() {
    options(
        r#"partition = "a", names(‹stream› = "events")"#,
        &[
            "`A` is no stream, so it has no function `stream`; remove this, or write `stream` on the \
           struct",
        ],
    );
    fields(
        "#[record(‹stream›)] x: u8",
        &[
            "`stream` is an option of `#[record(…)]` on the struct, not of `#[record(…)]` on a field; \
           write it there",
        ],
    );
    options(
        r#"partition = "a", ‹sequence›"#,
        &[
            "`sequence` is an option of `#[record(…)]` on a field, not of `#[record(…)]` on the struct; \
           write it there",
        ],
    );
}
