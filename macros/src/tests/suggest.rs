//! "Did you mean".

use crate::suggest::{hint, nearest};

const WORDS: [&str; 5] = ["partition", "sort", "index", "user_id", "id"];

#[test]
fn a_misspelling_has_its_word() {
    for (word, expected) in [
        ("partiton", "partition"),
        ("partitoin", "partition"),
        ("Partition", "partition"),
        ("srot", "sort"),
        ("sorted", "sort"),
        ("indx", "index"),
        ("idd", "id"),
        ("ID", "id"),
        ("id_user", "user_id"),
        ("userid", "user_id"),
    ] {
        assert_eq!(nearest(word, WORDS), Some(expected), "{word}");
    }
}

#[test]
fn another_word_has_none() {
    for word in ["", "x", "frobnicate", "name", "dialogue"] {
        assert_eq!(nearest(word, WORDS), None, "{word}");
    }
}

#[test]
fn the_hint_is_the_word_or_the_list() {
    assert_eq!(hint("srot", &WORDS, "they are"), "did you mean `sort`?");
    assert_eq!(hint("zzz", &["a", "b"], "they are"), "they are `a`, `b`");
}
