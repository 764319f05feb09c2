//! `rename_all`, against serde's documented behaviour: the table is that of serde's own test.

use crate::case::{Rule, snake};

#[test]
fn variants_are_renamed_as_serde_renames_them() {
    for [original, lower, upper, camel, snake, screaming, kebab, screaming_kebab] in [
        ["Outcome", "outcome", "OUTCOME", "outcome", "outcome", "OUTCOME", "outcome", "OUTCOME"],
        [
            "VeryTasty",
            "verytasty",
            "VERYTASTY",
            "veryTasty",
            "very_tasty",
            "VERY_TASTY",
            "very-tasty",
            "VERY-TASTY",
        ],
        ["A", "a", "A", "a", "a", "A", "a", "A"],
        ["Z42", "z42", "Z42", "z42", "z42", "Z42", "z42", "Z42"],
    ] {
        let renamed = |rule: &str| Rule::of(rule).expect("a rule").apply(original);
        assert_eq!(renamed("lowercase"), lower);
        assert_eq!(renamed("UPPERCASE"), upper);
        assert_eq!(renamed("PascalCase"), original);
        assert_eq!(renamed("camelCase"), camel);
        assert_eq!(renamed("snake_case"), snake);
        assert_eq!(renamed("SCREAMING_SNAKE_CASE"), screaming);
        assert_eq!(renamed("kebab-case"), kebab);
        assert_eq!(renamed("SCREAMING-KEBAB-CASE"), screaming_kebab);
    }
    assert_eq!(Rule::spellings().len(), 8);
    assert_eq!(Rule::of("snake-case"), None);
}

#[test]
fn names_of_types_and_tables() {
    assert_eq!(snake("AllSettings"), "all_settings");
}
