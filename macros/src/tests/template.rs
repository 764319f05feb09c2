//! Templates: what is read, and what is said of what cannot be.

use proc_macro2::Span;
use syn::LitStr;

use super::errors;
use crate::errors::Errors;
use crate::template::{Component, Placeholder, Template};

fn read(text: &str) -> (Vec<Component>, Vec<String>) {
    let mut found = Errors::new();
    let template = Template::read(LitStr::new(text, Span::call_site()), &mut found);
    let messages = match found.finish() {
        Ok(()) => Vec::new(),
        Err(tokens) => errors(&tokens).into_iter().map(|(message, _, _)| message).collect(),
    };
    if messages.is_empty() {
        assert_eq!(template.meant.as_ref(), Some(&template.components));
    }
    (template.components, messages)
}

fn good(text: &str) -> Vec<Component> {
    let (components, messages) = read(text);
    assert!(messages.is_empty(), "{messages:?}");
    components
}

/// The one message about a template, without the part that repeats the template.
fn bad(text: &str) -> String {
    let (_, messages) = read(text);
    let [message] = messages.as_slice() else {
        panic!("`{text}`: {messages:#?}");
    };
    message.replace(&format!(" in the template `{text}`"), "")
}

fn literal(literal: &str) -> Component {
    Component { literal: literal.to_owned(), placeholder: None }
}

fn slot(prefix: &str, field: &str, width: Option<u8>, norm: bool) -> Component {
    let placeholder = Placeholder { field: field.to_owned(), width, norm };
    Component { literal: prefix.to_owned(), placeholder: Some(placeholder) }
}

#[test]
fn components_are_joined_by_hashes() {
    assert_eq!(good("a"), [literal("a")]);
    assert_eq!(good("a#b"), [literal("a"), literal("b")]);
    assert_eq!(good("{id}"), [slot("", "id", None, false)]);
    assert_eq!(good("tension#{id}"), [literal("tension"), slot("", "id", None, false)]);
    assert_eq!(
        good("v{n:8}#{a_b:norm}"),
        [slot("v", "n", Some(8), false), slot("", "a_b", None, true)]
    );
    assert_eq!(good("A-Z_a.z~09{n:39}"), [slot("A-Z_a.z~09", "n", Some(39), false)]);
    assert_eq!(good("{größe}"), [slot("", "größe", None, false)]);
}

#[test]
fn empty_components() {
    assert_eq!(
        read("").1,
        ["the template is empty; write components joined by `#`, such as `order#{id}`"]
    );
    assert_eq!(bad("#"), "an empty component; write a literal or a `{field}`");
    assert_eq!(bad("a##b"), "an empty component; write `a#b`");
    assert_eq!(bad("#a"), "an empty component; write `a`");
    assert_eq!(bad("a#{id}#"), "an empty component; write `a#{id}`");
}

#[test]
fn braces() {
    assert_eq!(bad("a#{id"), "`{` without `}`; write `{id}`");
    assert_eq!(bad("a#x{id"), "`{` without `}`; write `x{id}`");
    assert_eq!(bad("a{id#b{x}"), "`{` without `}`; write `a{id}`");
    assert_eq!(bad("{a{b}"), "`{` without `}`; write `{a}#{b}`");
    assert_eq!(bad("{"), "`{` without `}`; write `{field}`");
    assert_eq!(bad("a}"), "`}` without `{`; remove it, or open the placeholder with `{`");
    assert_eq!(bad("{a}}"), "`}` without `{`; write `{a}`; a literal holds no braces");
    assert_eq!(bad("{{id}}"), "`{{`; write `{id}`; a literal holds no braces");
    assert_eq!(bad("{a#b}"), "`#` in a placeholder; write `{a}#{b}`");
}

#[test]
fn one_placeholder_ends_a_component() {
    assert_eq!(bad("{a}{b}"), "two placeholders in one component; write `{a}#{b}`");
    assert_eq!(bad("{a}-{b}"), "two placeholders in one component; write `{a}#{b}`");
    assert_eq!(bad("{a}to{b}"), "two placeholders in one component; write `{a}#to{b}`");
    assert_eq!(
        bad("{a}b"),
        "`b` after the placeholder `{a}`; a placeholder ends its component, so write `{a}#b`"
    );
    assert_eq!(bad("{a}/"), "`/` after the placeholder `{a}`; a placeholder ends its component");
}

#[test]
fn literals() {
    assert_eq!(bad("user:{id}"), "`:` in a literal; components are joined by `#`");
    assert_eq!(bad("user/{id}"), "`/` in a literal; components are joined by `#`");
    assert_eq!(bad("my order#{id}"), "a space; remove the space");
    assert_eq!(
        bad("größe#{id}"),
        "`ö` in a literal; a literal is made of letters A-Z and a-z, digits, `_`, `.`, `~` and `-`"
    );
    assert_eq!(
        bad("a\n#{id}"),
        "`\\n` in a literal; a literal is made of letters A-Z and a-z, digits, `_`, `.`, `~` and `-`"
    );
}

#[test]
fn placeholders() {
    assert_eq!(bad("{}"), "an empty placeholder; write the name of a field between the braces");
    assert_eq!(bad("{:8}"), "an empty placeholder; write the name of a field between the braces");
    assert_eq!(bad("{ id }"), "`{ id }`; write `{id}`");
    assert_eq!(bad("{r#type}"), "`{r#type}`; write `{type}`");
    assert_eq!(bad("{n:0}"), "the width `0`; a width is a number from 1 to 39");
    assert_eq!(bad("{n:40}"), "the width `40`; a width is a number from 1 to 39");
    assert_eq!(bad("{n:999}"), "the width `999`; a width is a number from 1 to 39");
    assert_eq!(bad("{n:08}"), "the width `08`; write `{n:8}`; a width always pads with zeros");
    assert_eq!(
        bad("{n:nrom}"),
        "the unknown option `nrom` of the placeholder `{n}`; did you mean `norm`?"
    );
    assert_eq!(
        bad("{n:>8}"),
        "the unknown option `>8` of the placeholder `{n}`; write a width, as in `{n:8}`, or `{n:norm}`"
    );
    assert_eq!(
        bad("{n:}"),
        "nothing after the `:` of the placeholder `{n}`; write a width, as in `{n:8}`, or `{n:norm}`"
    );
    assert_eq!(
        bad("{n:8:norm}"),
        "both a width and `norm` in `{n:8:norm}`; a width is for numbers and `norm` for text; keep one"
    );
}

#[test]
fn every_mistake_of_a_template_is_reported() {
    assert_eq!(read("a b#{}#{id").1.len(), 3);
}
