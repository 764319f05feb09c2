//! The rules about names: stored ones, and those of the items that a derive emits.

use proc_macro2::Span;

use crate::ast::{Name, Record, bare};
use crate::errors::Errors;
use crate::symbol;

/// Rejects the names of a record.
pub(super) fn of_record(record: &Record<'_>, errors: &mut Errors) {
    record_name(record, errors);
    stored_names(record, errors);
    index_names(record, errors);
    emitted_names(record, errors);
}

/// The name is SQLite's table name and, without a sort template, a component of the key.
fn record_name(record: &Record<'_>, errors: &mut Errors) {
    let name = record.name();
    if let Some(mistake) = malformed(&name.text) {
        let message = format!("the record's name {mistake}; write `#[record(name = \"…\")]`");
        errors.at(name.span, message);
    } else if name.text.to_ascii_lowercase().starts_with("sqlite_") {
        errors
            .at(name.span, "SQLite keeps names that begin with `sqlite_` for itself; take another");
    }
}

/// Engines keep some names for themselves, and SQLite does not tell upper from lower case.
fn stored_names(record: &Record<'_>, errors: &mut Errors) {
    let mut seen: Vec<(String, &str)> = Vec::new();
    for field in record.fields.iter().filter(|field| !field.is_skipped()) {
        let Name { text, span } = field.stored();
        if let Some(mistake) = malformed(&text) {
            let message = format!("the stored name {mistake}; write `#[record(rename = \"…\")]`");
            errors.at(span, message);
            continue;
        }
        if let Some(what) = reserved(&text) {
            let message = format!(
                "the stored name `{text}` is reserved: {what}; write `#[record(rename = \"…\")]` with \
                 another"
            );
            errors.at(span, message);
        }
        let folded = text.to_ascii_lowercase();
        if let Some((_, first)) = seen.iter().find(|(other, _)| *other == folded) {
            let message = format!(
                "`{first}` and `{}` are stored under one name, `{text}` (SQLite does not tell upper \
                 from lower case); write `#[record(rename = \"…\")]` on one of them",
                field.name
            );
            errors.at(span, message);
        }
        seen.push((folded, &field.name));
    }
}

/// An index or a constraint, by which an error names what is not unique.
struct Index {
    name: String,
    span: Span,
    what: &'static str,
    /// What to do about a name that is taken.
    instead: String,
}

const INDEX: &str = "index";
const CONSTRAINT: &str = "unique constraint";

fn indexes(record: &Record<'_>) -> Vec<Index> {
    let rename = || "rename one".to_owned();
    let options = &record.options;
    let declared = options.indexes.iter().filter_map(|index| index.name.as_ref()).map(|ident| {
        Index { name: bare(ident), span: ident.span(), what: INDEX, instead: rename() }
    });
    let constraints = options.uniques.iter().map(|unique| Index {
        name: bare(&unique.name),
        span: unique.name.span(),
        what: CONSTRAINT,
        instead: rename(),
    });
    let fields = record.fields.iter().filter_map(|field| {
        Some(Index {
            name: field.name.clone(),
            span: field.options.unique.key?,
            what: CONSTRAINT,
            instead: format!(
                "name this one, by `unique(…, {})` on the struct in its place",
                field.name
            ),
        })
    });
    declared.chain(constraints).chain(fields).collect()
}

fn index_names(record: &Record<'_>, errors: &mut Errors) {
    let mut seen: Vec<(String, &str)> = Vec::new();
    for Index { name, span, what, instead } in indexes(record) {
        let folded = name.to_ascii_lowercase();
        if let Some(mistake) = malformed(&name) {
            let article = if what == INDEX { "an" } else { "a" };
            errors.at(span, format!("the name of {article} {what} {mistake}; take another"));
        } else if let Some((_, first)) = seen.iter().find(|(other, _)| *other == folded) {
            let both = match (*first == what, what == INDEX) {
                (true, true) => "two indexes".to_owned(),
                (true, false) => format!("two {what}s"),
                (false, _) => format!("an {first} and a {what}"),
            };
            let message =
                format!("{both} of `{}` are named `{name}`; {instead}", record.item.ident);
            errors.at(span, message);
        }
        seen.push((folded, what));
    }
}

/// One `impl` holds all methods and constants of a record.
fn emitted_names(record: &Record<'_>, errors: &mut Errors) {
    let mut emitted = Emitted { seen: Vec::new() };
    let options = &record.options;
    let primary = [
        (&options.key_method, symbol::KEY, "the function that makes a key"),
        (&options.partition_method, symbol::PARTITION, "the function that queries a partition"),
        (&options.stream_method, symbol::STREAM, "the function that names a stream"),
    ];
    let emitted_methods = if options.stream.is_given() { 3 } else { 2 };
    for (method, default, what) in primary.into_iter().take(emitted_methods) {
        let (name, span) = match method.get() {
            Some(method) => (method.to_string(), method.span()),
            None => (default.to_owned(), record.item.ident.span()),
        };
        let instead = format!("write `names({default} = \"…\")`");
        emitted.add(name, span, what.to_owned(), &instead, errors);
    }
    let mut indexes: Vec<String> = Vec::new();
    for index in &options.indexes {
        let Some(ident) = index.name.as_ref() else {
            continue;
        };
        let name = bare(ident);
        let what = format!("the function of index `{name}`");
        // Two indexes with one name are reported as that.
        let repeated = indexes.contains(&name.to_ascii_lowercase());
        indexes.push(name.to_ascii_lowercase());
        match index.method.get() {
            Some(method) => {
                let instead = "write another `method = \"…\"`";
                emitted.add(method.to_string(), method.span(), what, instead, errors);
            }
            None if repeated => {}
            None => {
                let instead = "write `method = \"…\"` in the index";
                emitted.add(ident.to_string(), ident.span(), what, instead, errors);
            }
        }
    }
    let mut stored: Vec<String> = Vec::new();
    for field in record.fields.iter().filter(|field| !field.is_skipped()) {
        // Two fields with one stored name are reported as that.
        let folded = field.stored().text.to_ascii_lowercase();
        if stored.contains(&folded) {
            continue;
        }
        stored.push(folded);
        let Name { text, span } = field.token();
        let what = format!("the constant of field `{}`", field.name);
        let instead = "write `#[record(token = \"…\")]` on the field";
        emitted.add(text, span, what, instead, errors);
    }
}

struct Emitted {
    seen: Vec<(String, String)>,
}

impl Emitted {
    fn add(&mut self, name: String, span: Span, what: String, instead: &str, errors: &mut Errors) {
        if let Some((_, first)) = self.seen.iter().find(|(other, _)| *other == name) {
            errors.at(span, format!("{first} and {what} are both called `{name}`; {instead}"));
        }
        self.seen.push((name, what));
    }
}

/// What is wrong with a name that engines and keys must be able to hold.
fn malformed(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("is empty".to_owned());
    }
    let allowed =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '~' | '-');
    let wrong = name.chars().find(|letter| !allowed(*letter))?;
    Some(format!(
        "`{name}` holds `{}`; it is made of letters A-Z and a-z, digits, `_`, `.`, `~` and `-`",
        wrong.escape_debug()
    ))
}

/// Who keeps a stored name for itself.
fn reserved(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let is_slot = name
        .strip_prefix("gsi")
        .and_then(|rest| rest.strip_suffix("pk").or_else(|| rest.strip_suffix("sk")))
        .is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
    if name == "pk" || name == "sk" || is_slot {
        Some("DynamoDB's key attributes are named like it")
    } else if name.starts_with('_') {
        Some("names that begin with `_` are keyloom's own")
    } else if name.ends_with("__key") || name.ends_with("__norm") {
        Some("columns with the key text of a field end in `__key` or `__norm`")
    } else {
        None
    }
}
