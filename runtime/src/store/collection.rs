//! Collections: records of several types in one partition.

use std::marker::PhantomData;

use super::Selection;
use crate::error::Result;
use crate::key::{PartitionArg, Select};
use crate::schema::{Path, Reader, RecordSchema};
use crate::value::Fields;

/// The members of a collection.
#[derive(Debug)]
pub struct CollectionSchema {
    /// Its name.
    pub name: &'static str,
    /// Its records, in the order of the enum's variants.
    pub members: &'static [&'static RecordSchema],
}

/// An enum of records that share one partition and are read by one query; implemented by
/// [`derive(Collection)`](derive@crate::Collection).
pub trait Collection: Sized + Send + 'static {
    /// Its schema.
    const SCHEMA: &'static CollectionSchema;

    /// Reads a record of the member at a position.
    fn read_member(member: usize, from: &mut Reader<'_>) -> Result<Self>;

    /// The position of its member, and its fields.
    fn member(&self) -> (usize, &dyn Fields);
}

/// A query of one whole partition.
#[must_use = "a query does nothing until it is handed to a scope"]
#[derive(Clone, Debug)]
pub struct CollectionQuery<C> {
    select: Select,
    collection: PhantomData<fn() -> C>,
}

impl<C: Collection> CollectionQuery<C> {
    /// The partition with these values, by the templates of the first member.
    #[doc(hidden)]
    pub fn new<P>(first: &'static RecordSchema, partition: impl PartitionArg<P>) -> Self {
        let mut select = Select::new(first, Path::Primary);
        partition.add_to(&mut select);
        Self { select, collection: PhantomData }
    }
}

impl<C: Collection> Selection for CollectionQuery<C> {
    type Output = C;

    fn into_select(self) -> Select {
        self.select
    }
}
