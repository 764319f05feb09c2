//! "Did you mean": the known word nearest to an unknown one.

use crate::symbol;

/// The candidate that `word` is most likely a misspelling of.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = word.chars().count().max(3) / 3;
    candidates
        .into_iter()
        .map(|candidate| (distance_of(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// What other libraries call an option of ours.
const SYNONYMS: [(&str, &str); 17] = [
    ("pk", symbol::PARTITION),
    ("hash", symbol::PARTITION),
    ("partition_key", symbol::PARTITION),
    ("sk", symbol::SORT),
    ("range", symbol::SORT),
    ("sort_key", symbol::SORT),
    ("gsi", symbol::INDEX),
    ("keys_only", symbol::KEYS),
    ("include", symbol::PROJECTION),
    ("version", symbol::REVISION),
    ("owner", symbol::TENANT),
    ("tenant_id", symbol::TENANT),
    ("ttl", symbol::EXPIRES),
    ("deleted_at", symbol::DELETED),
    ("soft_delete", symbol::DELETED),
    ("auto_increment", symbol::SEQUENCE),
    ("append_only", symbol::STREAM),
];

/// The option that is called `word` elsewhere.
pub(crate) fn synonym(word: &str, options: &[&'static str]) -> Option<&'static str> {
    let synonym = SYNONYMS.iter().find(|(other, ours)| *other == word && options.contains(ours));
    synonym.map(|(_, ours)| *ours)
}

/// The end of a message about an unknown word: the nearest candidate, or the list of all.
pub(crate) fn hint(word: &str, candidates: &[&str], list: &str) -> String {
    match (nearest(word, candidates.iter().copied()), candidates) {
        (Some(candidate), _) => format!("did you mean `{candidate}`?"),
        (None, []) => format!("{list} none"),
        (None, _) => format!("{list} {}", quoted(candidates)),
    }
}

/// The words in backticks, joined by commas.
pub(crate) fn quoted(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// The distance of two words, where another case or another order of `_` parts counts as one edit.
fn distance_of(word: &str, candidate: &str) -> usize {
    if word == candidate {
        return 0;
    }
    if word.to_lowercase() == candidate.to_lowercase() || parts(word) == parts(candidate) {
        return 1;
    }
    edits(word, candidate)
}

fn parts(word: &str) -> Vec<String> {
    let mut parts: Vec<_> = word.split(['_', '-']).map(str::to_lowercase).collect();
    parts.sort_unstable();
    parts
}

/// How many insertions, deletions, replacements and swaps of neighbours lead from one to the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut previous_letter = None;
    for (row, letter) in from.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let at = |cells: &[usize], column: usize| {
                cells.get(column).copied().unwrap_or(usize::MAX / 2)
            };
            let replaced = at(&last, column) + usize::from(letter != *other);
            let edited = replaced.min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            let swapped = column
                .checked_sub(1)
                .filter(|left| to.get(*left) == Some(&letter) && previous_letter == Some(*other))
                .map_or(usize::MAX, |left| at(&before_last, left) + 1);
            current.push(edited.min(swapped));
        }
        previous_letter = Some(letter);
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or_default()
}
