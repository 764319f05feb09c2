//! Slugs: what of a title can stand in an id.

/// The most characters of a slug, so that a number behind it never meets the limit of a key.
const MOST: usize = 80;

/// The letters and digits of a title in lower case, with one hyphen for all that stands between them.
pub(crate) fn slug(title: &str) -> String {
    let mut slug = String::new();
    let mut letters = 0;
    for letter in title.chars().flat_map(char::to_lowercase) {
        match letter {
            _ if letters == MOST => break,
            // An accent that stands behind its letter; no slug has it.
            '\u{300}'..='\u{36f}' => continue,
            _ if letter.is_alphanumeric() => slug.push(letter),
            _ if slug.is_empty() || slug.ends_with('-') => continue,
            _ => slug.push('-'),
        }
        letters += 1;
    }
    slug.truncate(slug.trim_end_matches('-').len());
    if slug.is_empty() { "dialogue".to_owned() } else { slug }
}

/// The slug itself, then with a number behind it: `slug`, `slug-2`, `slug-3`, …
pub(crate) fn numbered(slug: &str, number: u32) -> String {
    if number == 1 { slug.to_owned() } else { format!("{slug}-{number}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_has_letters_and_digits_and_single_hyphens() {
        for (title, expected) in [
            ("Which store, and why?", "which-store-and-why"),
            ("  -- Zoë's 2nd plan #7 --  ", "zoë-s-2nd-plan-7"),
            ("İstanbul, nai\u{308}ve", "istanbul-naive"),
            ("🧵", "dialogue"),
            ("", "dialogue"),
        ] {
            assert_eq!(slug(title), expected);
        }
        assert_eq!(slug(&"ab ".repeat(100)).chars().count(), 80);
        assert_eq!(slug(&format!("{}a", "- ".repeat(100))), "a");
    }

    #[test]
    fn slugs_are_numbered_from_two() {
        assert_eq!([1, 2, 3].map(|number| numbered("a", number)), ["a", "a-2", "a-3"]);
    }
}
