//! A user's own types with the names of the prelude and of ours.
#![deny(warnings)]
#![allow(missing_docs)]
#![allow(non_camel_case_types)]

use keyloom::{KeyPart, Record};

pub enum Option<T> {
    Just(T),
}
pub struct Result;
pub struct Ok;
pub struct Err;
pub struct Some;
pub struct None;
pub struct Vec;
pub struct Box;
pub struct From;
pub struct Into;
pub struct Default;
pub struct Self_;
pub struct Sized;
pub struct PhantomData;
pub struct KeyPartition;
pub struct Table;
pub struct Collection;
pub struct Key;
pub struct Field;
pub mod kl {}
pub mod std {}
pub mod core {}
pub trait Iterator {}

#[derive(KeyPart)]
pub struct String(::std::string::String);

#[derive(KeyPart)]
pub struct At(u32);

#[derive(KeyPart)]
pub enum M {
    Ok,
    Err,
    Some,
    None,
}

#[derive(Record)]
#[record(global, partition = "query#{kl}", sort = "{at}#{m}", index(select, partition = "{m}"))]
pub struct Query {
    pub kl: String,
    pub at: At,
    pub m: M,
    pub to: u8,
    pub from: u16,
    pub stamps: i64,
    pub record: bool,
}

#[derive(Record)]
#[record(global, partition = "partition#{member}", sort = "{value}")]
pub struct Partition {
    pub member: At,
    pub value: M,
}

#[derive(Record)]
#[record(global, partition = "select#{self_}")]
pub struct Select {
    pub self_: u32,
}

#[derive(Record)]
#[record(stream, global, partition = "stream#{value}", sort = "{numbers}")]
pub struct Numbers {
    pub value: u32,
    #[record(sequence)]
    pub numbers: u64,
    pub token: u8,
    pub settable: String,
}

#[derive(keyloom::Table)]
#[table(name = "own", records(Query, Partition, Select, Numbers))]
pub struct Own;

#[derive(keyloom::Collection)]
pub enum Item {
    Partition(Partition),
}

#[test]
fn compiles() {
    let _ = Query::partition(String::from(::std::string::String::new())).at(At::from(1)).m(M::Ok);
    let _ = Query::select(M::None);
    let _ = Partition::key(At::from(1), M::Err);
    let _ = Item::partition(At::from(1));
}
