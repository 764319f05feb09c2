//! Rust's keywords as names of fields, indexes and types.
#![deny(warnings)]
#![allow(missing_docs)]
#![allow(non_camel_case_types)]

use keyloom::{Collection, KeyPart, Record, Table};

#[derive(KeyPart)]
pub struct r#struct(String);

#[derive(KeyPart)]
pub enum r#enum {
    r#Yes,
    No,
}

#[derive(Record)]
#[record(
    global,
    partition = "type#{type}",
    sort = "{fn}#{match}",
    index(r#where, partition = "{match}", sort = "{type}")
)]
pub struct r#type {
    pub r#type: r#struct,
    pub r#fn: u32,
    pub r#match: r#enum,
    pub r#async: String,
}

#[derive(Table)]
#[table(records(r#type))]
pub struct r#loop;

#[derive(Collection)]
pub enum r#use {
    r#Type(r#type),
}

#[test]
fn compiles() {
    let _ = r#type::partition(r#struct::from("a")).r#fn(1).r#match(r#enum::Yes);
    let _ = r#type::r#where(r#enum::No).r#type(r#struct::from("a"));
    let _ = r#type::ASYNC.eq("x");
    let _ = r#use::partition(r#struct::from("a"));
    assert_eq!(r#loop::schema().name, "loop");
}
