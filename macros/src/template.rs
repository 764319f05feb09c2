//! Reads a key template into its components.
//!
//! A template is components joined by `#`; a component is a literal, or an optional literal prefix
//! and then one `{field}`. Reading goes on after a mistake, so that all of them are reported and
//! the fields that could be read are still checked.

use syn::LitStr;

use crate::errors::Errors;
use crate::suggest::nearest;
use crate::symbol;

/// The widest number that a placeholder can ask for: the digits of a `u128`.
const MAX_WIDTH: u8 = 39;

/// A template as its author wrote it.
pub(crate) struct Template {
    pub(crate) literal: LitStr,
    pub(crate) components: Vec<Component>,
    /// The components that were meant, where the mistakes leave no doubt.
    pub(crate) meant: Option<Vec<Component>>,
}

/// The text between two `#`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Component {
    pub(crate) literal: String,
    pub(crate) placeholder: Option<Placeholder>,
}

/// A `{field}`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Placeholder {
    pub(crate) field: String,
    pub(crate) width: Option<u8>,
    pub(crate) norm: bool,
}

impl Template {
    /// Reads a template; the mistakes underline the whole literal.
    pub(crate) fn read(literal: LitStr, errors: &mut Errors) -> Self {
        let text = literal.value();
        let mut reader = TemplateReader::new(&text);
        let components = reader.components();
        for mistake in reader.mistakes {
            errors.at(literal.span(), mistake);
        }
        Self { components, meant: (!reader.lost).then_some(reader.meant), literal }
    }

    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.components.iter().filter_map(|component| component.placeholder.as_ref())
    }
}

struct TemplateReader<'a> {
    text: &'a str,
    mistakes: Vec<String>,
    meant: Vec<Component>,
    /// Whether nobody can tell what was meant.
    lost: bool,
}

impl<'a> TemplateReader<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, mistakes: Vec::new(), meant: Vec::new(), lost: false }
    }

    /// A component that holds what a message says to write instead.
    fn meant(&mut self, instead: &str, literal: String) -> Component {
        let mut reader = TemplateReader::new(instead);
        reader.components();
        self.meant.append(&mut reader.meant);
        self.lost |= reader.lost;
        Component { literal, placeholder: None }
    }

    fn mistake(&mut self, what: &str, instead: &str) {
        self.mistakes.push(format!("{what} in the template `{}`; {instead}", self.text));
    }

    fn components(&mut self) -> Vec<Component> {
        if self.text.is_empty() {
            self.mistakes.push(
                "the template is empty; write components joined by `#`, such as `order#{id}`"
                    .into(),
            );
            self.lost = true;
            return Vec::new();
        }
        let parts = split(self.text);
        if parts.iter().any(|part| part.is_empty()) {
            let full: Vec<_> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
            let instead = match full.join("#") {
                rest if rest.is_empty() => "write a literal or a `{field}`".to_owned(),
                rest => format!("write `{rest}`"),
            };
            self.mistake("an empty component", &instead);
        }
        let full = parts.into_iter().filter(|part| !part.is_empty());
        let mut components = Vec::new();
        for part in full {
            let known = self.meant.len();
            let component = self.component(part);
            if self.meant.len() == known {
                self.meant.push(component.clone());
            }
            components.push(component);
        }
        components
    }

    fn component(&mut self, part: &str) -> Component {
        let Some((prefix, rest)) = part.split_once('{') else {
            self.literal(part);
            return Component { literal: part.to_owned(), placeholder: None };
        };
        self.literal(prefix);
        let literal = prefix.to_owned();
        let Some((inside, tail)) = rest.split_once('}') else {
            let name: String =
                rest.trim_start_matches('{').chars().take_while(|c| is_name(*c)).collect();
            self.lost |= name.is_empty();
            let name = if name.is_empty() { "field" } else { &name };
            let instead = format!("{prefix}{{{name}}}");
            self.mistake("`{` without `}`", &format!("write `{instead}`"));
            return self.meant(&instead, literal);
        };
        // `{{id}}` is one mistake, not two.
        let (inside, tail) = match (inside.strip_prefix('{'), tail.strip_prefix('}')) {
            (Some(name), Some(tail)) => {
                self.mistake("`{{`", &format!("write `{{{name}}}`; a literal holds no braces"));
                (name, tail)
            }
            _ => (inside, tail),
        };
        if let Some((first, second)) = inside.split_once('{') {
            let instead = match first {
                "" => format!("{{{second}}}"),
                _ => format!("{{{first}}}#{{{second}}}"),
            };
            self.mistake("`{` without `}`", &format!("write `{instead}`"));
            return self.meant(&instead, literal);
        }
        if let Some((first, second)) =
            inside.split_once('#').filter(|(first, _)| first.trim() != "r")
        {
            let instead = format!("{{{first}}}#{{{second}}}");
            self.mistake("`#` in a placeholder", &format!("write `{instead}`"));
            return self.meant(&instead, literal);
        }
        let placeholder = self.placeholder(inside);
        if !tail.is_empty() {
            self.tail(inside, tail);
        }
        Component { literal, placeholder }
    }

    /// What follows a placeholder in its component, which is never right.
    fn tail(&mut self, inside: &str, tail: &str) {
        if let Some((between, second)) = tail.split_once('{') {
            let second = second.split('}').next().unwrap_or_default();
            let instead = match between.trim_matches(|c: char| !c.is_alphanumeric()) {
                "" => format!("{{{inside}}}#{{{second}}}"),
                word => format!("{{{inside}}}#{word}{{{second}}}"),
            };
            self.mistake("two placeholders in one component", &format!("write `{instead}`"));
            self.meant(&instead, String::new());
        } else if tail.starts_with('}') {
            self.mistake(
                "`}` without `{`",
                &format!("write `{{{inside}}}`; a literal holds no braces"),
            );
        } else {
            let instead = match tail.trim_matches(|c: char| !is_literal(c)) {
                "" => "a placeholder ends its component".to_owned(),
                word => {
                    format!("a placeholder ends its component, so write `{{{inside}}}#{word}`")
                }
            };
            self.mistake(&format!("`{tail}` after the placeholder `{{{inside}}}`"), &instead);
        }
    }

    fn literal(&mut self, literal: &str) {
        let Some(wrong) = literal.chars().find(|c| !is_literal(*c)) else {
            return;
        };
        let instead = match wrong {
            '}' => "remove it, or open the placeholder with `{`".to_owned(),
            '/' | ':' | '|' | ',' | ';' | '\\' => "components are joined by `#`".to_owned(),
            ' ' => "remove the space".to_owned(),
            _ => {
                "a literal is made of letters A-Z and a-z, digits, `_`, `.`, `~` and `-`".to_owned()
            }
        };
        self.lost |= wrong == '}';
        let what = match wrong {
            '}' => "`}` without `{`".to_owned(),
            ' ' => "a space".to_owned(),
            other => format!("`{}` in a literal", other.escape_debug()),
        };
        self.mistake(&what, &instead);
    }

    fn placeholder(&mut self, inside: &str) -> Option<Placeholder> {
        let mut parts = inside.split(':');
        let name = parts.next().unwrap_or_default();
        let bare = name.trim().trim_start_matches("self.").trim_start_matches("r#");
        if bare.is_empty() {
            self.mistake("an empty placeholder", "write the name of a field between the braces");
            self.lost = true;
            return None;
        }
        if name != bare {
            self.mistake(&format!("`{{{name}}}`"), &format!("write `{{{bare}}}`"));
        }
        let mut placeholder = Placeholder { field: bare.to_owned(), width: None, norm: false };
        for option in parts {
            self.option(&mut placeholder, option);
        }
        if placeholder.width.is_some() && placeholder.norm {
            self.mistake(
                &format!("both a width and `norm` in `{{{inside}}}`"),
                "a width is for numbers and `norm` for text; keep one",
            );
        }
        Some(placeholder)
    }

    fn option(&mut self, placeholder: &mut Placeholder, option: &str) {
        let field = &placeholder.field;
        if option == symbol::NORM {
            placeholder.norm = true;
        } else if !option.is_empty() && option.bytes().all(|byte| byte.is_ascii_digit()) {
            match option.parse::<u8>() {
                Ok(width) if (1..=MAX_WIDTH).contains(&width) && option.starts_with('0') => {
                    let instead =
                        format!("write `{{{field}:{width}}}`; a width always pads with zeros");
                    self.mistake(&format!("the width `{option}`"), &instead);
                }
                Ok(width) if (1..=MAX_WIDTH).contains(&width) => placeholder.width = Some(width),
                _ => {
                    let instead = format!("a width is a number from 1 to {MAX_WIDTH}");
                    self.mistake(&format!("the width `{option}`"), &instead);
                }
            }
        } else if let Some(known) = nearest(option, [symbol::NORM]) {
            let what = format!("the unknown option `{option}` of the placeholder `{{{field}}}`");
            self.mistake(&what, &format!("did you mean `{known}`?"));
        } else {
            let what = match option {
                "" => format!("nothing after the `:` of the placeholder `{{{field}}}`"),
                _ => format!("the unknown option `{option}` of the placeholder `{{{field}}}`"),
            };
            let instead = format!("write a width, as in `{{{field}:8}}`, or `{{{field}:norm}}`");
            self.mistake(&what, &instead);
        }
    }
}

/// The parts between the `#` that stand outside of braces. A brace that is not closed before the
/// next `{` does not hide a `#`.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut closes_at = None;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' if closes_at.is_none() => {
                let rest = text.get(at + 1..).unwrap_or_default();
                closes_at = rest
                    .find('}')
                    // Another `{` comes first where this one is not closed.
                    .filter(|end| rest.get(..*end).is_some_and(|inside| !is_unclosed(inside)))
                    .map(|end| at + 1 + end);
            }
            '}' if closes_at == Some(at) => closes_at = None,
            '#' if closes_at.is_none() => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

fn is_unclosed(inside: &str) -> bool {
    inside.strip_prefix('{').unwrap_or(inside).contains('{')
}

fn is_literal(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '~' | '-')
}

fn is_name(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}
