//! Slugs: what of a title can stand in an id.

/// The most characters of a slug, so that a number behind it never meets the limit of a key.
const MOST: usize = 80;

/// The letters and digits of a title in lower case, with one hyphen for all that stands between them.
pub(crate) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for letter in title.chars().flat_map(char::to_lowercase).take(MOST) {
        if letter.is_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    if slug.is_empty() { "dialogue".to_owned() } else { slug }
}

/// The slug itself, then with a number behind it: `slug`, `slug-2`, `slug-3`, …
pub(crate) fn candidates(slug: &str) -> impl Iterator<Item = String> + Send {
    let numbered = (2_u32..).map({
        let slug = slug.to_owned();
        move |number| format!("{slug}-{number}")
    });
    std::iter::once(slug.to_owned()).chain(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_has_letters_and_digits_and_single_hyphens() {
        for (title, expected) in [
            ("Which store, and why?", "which-store-and-why"),
            ("  -- Zoë's 2nd plan #7 --  ", "zoë-s-2nd-plan-7"),
            ("🧵", "dialogue"),
            ("", "dialogue"),
        ] {
            assert_eq!(slug(title), expected);
        }
        assert_eq!(slug(&"ab ".repeat(100)).chars().count(), 80);
    }

    #[test]
    fn candidates_are_numbered_from_two() {
        assert_eq!(candidates("a").take(3).collect::<Vec<_>>(), ["a", "a-2", "a-3"]);
    }
}
