//! The messages: each mistake has one, on the token that is wrong.

use super::{Derive, errors};
use crate::derive;

/// Expands `text`, in which `‹…›` encloses what each error underlines, in the order of the errors.
fn check(derive: Derive, text: &str, expected: &[&str]) {
    let plain = text.replace(['‹', '›'], "");
    let found = errors(&derive(plain.parse().expect("tokens")));
    let messages: Vec<_> = found.iter().map(|(message, _, _)| message.as_str()).collect();
    assert_eq!(messages, expected, "{plain}");
    let marked: Vec<_> =
        text.split('‹').skip(1).filter_map(|part| part.split('›').next()).collect();
    let mut underlined: Vec<_> = found
        .iter()
        .map(|(_, first, last)| {
            let (start, end) = (first.byte_range().start, last.byte_range().end);
            plain.chars().skip(start).take(end - start).collect::<String>()
        })
        .collect();
    underlined.sort();
    let mut marked: Vec<_> = marked.into_iter().map(str::to_owned).collect();
    marked.sort();
    underlined.dedup();
    assert_eq!(underlined, marked, "{plain}");
}

fn record(text: &str, expected: &[&str]) {
    check(derive::record, text, expected);
}

#[test]
fn todo() {
    record(
        r#"#[record(global, ‹partiton› = "a", sort = "{id}")] struct A { id: u32 }"#,
        &["unknown option `partiton`; did you mean `partition`?"],
    );
}
