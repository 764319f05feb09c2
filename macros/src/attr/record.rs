//! Reads `#[record(…)]`.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Data, DeriveInput, Fields, Ident, LitStr, Token};

use super::{Key, Level, attributes, item, options, projection, unique, value};
use crate::ast::{
    self, Fallback, FieldOptions, Index, Record, RecordOptions, Role, Setting, argument_of,
};
use crate::errors::Errors;
use crate::names;
use crate::symbol;
use crate::template::Template;

const STRUCT_OPTIONS: &[&str] = &[
    symbol::PARTITION,
    symbol::SORT,
    symbol::INDEX,
    symbol::UNIQUE,
    symbol::STREAM,
    symbol::GLOBAL,
    symbol::NAME,
    symbol::NAMES,
    symbol::CRATE,
];

const FIELD_OPTIONS: &[&str] = &[
    symbol::TENANT,
    symbol::REVISION,
    symbol::CREATED,
    symbol::UPDATED,
    symbol::EXPIRES,
    symbol::DELETED,
    symbol::SEQUENCE,
    symbol::UNIQUE,
    symbol::RENAME,
    symbol::TOKEN,
    symbol::DEFAULT,
    symbol::SKIP,
];

const ON_STRUCT: Level = Level {
    place: "`#[record(…)]` on the struct",
    options: STRUCT_OPTIONS,
    elsewhere: (FIELD_OPTIONS, "`#[record(…)]` on a field"),
};

const ON_FIELD: Level = Level {
    place: "`#[record(…)]` on a field",
    options: FIELD_OPTIONS,
    elsewhere: (STRUCT_OPTIONS, "`#[record(…)]` on the struct"),
};

const IN_INDEX: Level = Level {
    place: "`index(…)`",
    options: &[
        symbol::PARTITION,
        symbol::SORT,
        symbol::UNIQUE,
        symbol::SLOT,
        symbol::METHOD,
        symbol::PROJECTION,
    ],
    elsewhere: (&[symbol::GLOBAL, symbol::NAMES], "`#[record(…)]` on the struct"),
};

const IN_NAMES: Level = Level {
    place: "`names(…)`",
    options: &[symbol::KEY, symbol::PARTITION, symbol::STREAM],
    elsewhere: (&[symbol::METHOD], "`index(…)`"),
};

/// Reads a struct with `derive(Record)`.
pub(crate) fn record<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Record<'a> {
    let mut found = RecordOptions::default();
    attributes(&input.attrs, symbol::RECORD, &ON_STRUCT, errors, |key, input, errors| {
        struct_option(key, input, &mut found, errors)
    });
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(&fields.named),
            Fields::Unnamed(fields) => {
                let message = "`derive(Record)` takes a struct with named fields, because keys and \
                               columns are named after them; write `struct … { name: Type }`";
                errors.at(fields.paren_token.span.join(), message);
                None
            }
            Fields::Unit => {
                let message =
                    "`derive(Record)` takes a struct with named fields; this one has none";
                errors.on(&input.ident, message);
                None
            }
        },
        Data::Enum(data) => {
            let message = "`derive(Record)` takes a struct with named fields; for records of several \
                           types in one partition write `derive(Collection)`";
            errors.on(data.enum_token, message);
            None
        }
        Data::Union(data) => {
            errors.on(data.union_token, "`derive(Record)` takes a struct with named fields");
            None
        }
    };
    Record {
        item: item(input),
        options: found,
        fields: fields
            .into_iter()
            .flatten()
            .filter_map(|field| read_field(field, errors))
            .collect(),
        is_struct: fields.is_some(),
    }
}

fn struct_option(
    key: &Key,
    input: ParseStream<'_>,
    found: &mut RecordOptions,
    errors: &mut Errors,
) -> syn::Result<()> {
    match key.name {
        symbol::PARTITION => value::template(key, input, &mut found.partition, errors),
        symbol::SORT => value::template(key, input, &mut found.sort, errors),
        symbol::INDEX => {
            found.indexes.push(index(key, input, errors)?);
            Ok(())
        }
        symbol::UNIQUE => {
            found.uniques.extend(unique::read(key, input, errors)?);
            Ok(())
        }
        symbol::STREAM => value::flag(key, input, &mut found.stream, errors),
        symbol::GLOBAL => value::flag(key, input, &mut found.global, errors),
        symbol::NAME => value::text(key, input, &mut found.name, errors),
        symbol::NAMES => method_names(key, input, found, errors),
        _ => value::path(key, input, &mut found.krate, errors),
    }
}

/// `names(key = "…", partition = "…", stream = "…")`.
fn method_names(
    key: &Key,
    input: ParseStream<'_>,
    found: &mut RecordOptions,
    errors: &mut Errors,
) -> syn::Result<()> {
    key.claim(&mut found.names, errors);
    let content = parentheses(key, input, "names(key = \"…\", partition = \"…\")")?;
    options(&content, &IN_NAMES, errors, |key, input, errors| match key.name {
        symbol::KEY => value::ident(key, input, &mut found.key_method, errors),
        symbol::STREAM => value::ident(key, input, &mut found.stream_method, errors),
        _ => value::ident(key, input, &mut found.partition_method, errors),
    });
    Ok(())
}

/// `index(name, partition = "…", …)`.
fn index(key: &Key, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Index> {
    let content = parentheses(key, input, "index(by_name, partition = \"…\")")?;
    let mut index = Index {
        name: None,
        span: key.ident.span(),
        partition: Setting::default(),
        sort: Setting::default(),
        unique: Setting::default(),
        slot: Setting::default(),
        method: Setting::default(),
        projection: Setting::default(),
    };
    match index_name(key, &content, errors) {
        Ok(name) => {
            index.span = name.span();
            index.name = Some(name);
        }
        Err(error) => errors.add(error),
    }
    if index.name.is_some() && !content.is_empty() {
        if content.peek(Token![,]) {
            content.parse::<Token![,]>()?;
        } else {
            errors.at(content.span(), "expected `,` after the name of the index");
            if !super::begins_option(&content, &IN_INDEX) {
                super::skip(&content);
                let _: syn::Result<Token![,]> = content.parse();
            }
        }
    }
    options(&content, &IN_INDEX, errors, |key, input, errors| match key.name {
        symbol::PARTITION => value::template(key, input, &mut index.partition, errors),
        symbol::SORT => value::template(key, input, &mut index.sort, errors),
        symbol::UNIQUE => value::flag(key, input, &mut index.unique, errors),
        symbol::SLOT => value::number(key, input, &mut index.slot, errors),
        symbol::PROJECTION => projection::read(key, input, &mut index.projection, errors),
        _ => value::ident(key, input, &mut index.method, errors),
    });
    Ok(index)
}

/// The bare word that an index begins with. Where there is none, nothing is taken from the input;
/// a name in quotes, or behind `name =`, is read all the same.
fn index_name(key: &Key, content: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Ident> {
    let fork = content.fork();
    let named = fork.call(Ident::parse_any).is_ok_and(|word| word == symbol::NAME);
    if named && fork.peek(Token![=]) && fork.peek2(LitStr) {
        content.call(Ident::parse_any)?;
        content.parse::<Token![=]>()?;
    }
    if content.peek(LitStr) {
        let literal: LitStr = content.parse()?;
        let name = literal.value();
        let message = format!(
            "the name of an index stands first and without quotes; write `index({name}, …)`"
        );
        let error = syn::Error::new(literal.span(), message);
        return match names::identifier(&name, literal.span()) {
            Some(name) => {
                errors.add(error);
                Ok(name)
            }
            None => Err(error),
        };
    }
    let fork = content.fork();
    let begins_with_name = fork.call(Ident::parse_any).is_ok_and(|word| {
        let is_option = IN_INDEX.options.contains(&word.to_string().as_str());
        !fork.peek(Token![=]) && !is_option
    });
    if !begins_with_name {
        let message = "an index begins with its name; write `index(by_name, partition = \"…\")`";
        return Err(syn::Error::new(key.ident.span(), message));
    }
    let word = content.call(Ident::parse_any)?;
    if syn::parse_str::<Ident>(&word.to_string()).is_err() {
        if content.peek(Token![,]) {
            content.parse::<Token![,]>()?;
        }
        let message = format!("`{word}` is a Rust keyword; give the index another name");
        return Err(syn::Error::new(word.span(), message));
    }
    Ok(word)
}

pub(super) fn parentheses<'a>(
    key: &Key,
    input: ParseStream<'a>,
    example: &str,
) -> syn::Result<syn::parse::ParseBuffer<'a>> {
    if !input.peek(syn::token::Paren) {
        let message = format!("`{}` takes options in parentheses; write `{example}`", key.name);
        return Err(syn::Error::new(key.ident.span(), message));
    }
    let content;
    syn::parenthesized!(content in input);
    Ok(content)
}

fn read_field<'a>(field: &'a syn::Field, errors: &mut Errors) -> Option<ast::Field<'a>> {
    let ident = field.ident.as_ref()?;
    let mut found = FieldOptions::default();
    attributes(&field.attrs, symbol::RECORD, &ON_FIELD, errors, |key, input, errors| {
        field_option(key, input, &mut found, errors)
    });
    Some(ast::Field {
        ident,
        name: ast::bare(ident),
        ty: &field.ty,
        inner: argument_of(&field.ty, "Option"),
        options: found,
    })
}

fn field_option(
    key: &Key,
    input: ParseStream<'_>,
    found: &mut FieldOptions,
    errors: &mut Errors,
) -> syn::Result<()> {
    let role = match key.name {
        symbol::TENANT => Role::Tenant,
        symbol::REVISION => Role::Revision,
        symbol::CREATED => Role::Created,
        symbol::UPDATED => Role::Updated,
        symbol::EXPIRES => Role::Expires,
        symbol::DELETED => Role::Deleted,
        symbol::SEQUENCE => Role::Sequence,
        symbol::UNIQUE => return value::flag(key, input, &mut found.unique, errors),
        symbol::RENAME => return value::text(key, input, &mut found.rename, errors),
        symbol::TOKEN => return value::ident(key, input, &mut found.token, errors),
        symbol::DEFAULT => return default(key, input, &mut found.default, errors),
        _ => return value::flag(key, input, &mut found.skip, errors),
    };
    let given = found.roles.iter().any(|(given, _)| *given == role);
    if !given {
        found.roles.push((role, key.ident.span()));
    } else if !key.misspelt {
        errors.at(key.ident.span(), format!("`{}` is given twice; keep one of them", key.name));
    }
    if role != Role::Sequence || value::is_alone(input) {
        return value::no_value(key, input);
    }
    found.scope.key.get_or_insert(key.ident.span());
    let scope = Template::read(value::string(key, input)?, errors);
    found.scope.value.get_or_insert(scope);
    Ok(())
}

/// `default` or `default = "path"`.
fn default(
    key: &Key,
    input: ParseStream<'_>,
    setting: &mut Setting<Fallback>,
    errors: &mut Errors,
) -> syn::Result<()> {
    key.claim(setting, errors);
    let fallback = if value::is_alone(input) {
        Fallback::Trait
    } else {
        Fallback::Path(value::path_of(&value::string(key, input)?)?)
    };
    setting.value.get_or_insert(fallback);
    Ok(())
}
