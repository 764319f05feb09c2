//! The bodies, by theme.

mod batches;
mod collections;
mod deletes;
mod dropping;
mod expiry;
mod filters;
mod gets;
mod handles;
mod indexes;
mod kinds;
mod limits;
mod pages;
mod partitions;
mod projections;
mod ranges;
mod refusals;
mod sequences;
mod soft_deletes;
mod streams;
mod tenants;
mod transactions;
mod uniques;
mod updates;
mod values;
mod writes;

use crate::Body;

macro_rules! bodies {
    ({} $($module:ident { $($body:ident)* })*) => {
        /// Every body of the suite.
        pub static BODIES: &[Body] = &[$($(
            Body {
                name: concat!(stringify!($module), "::", stringify!($body)),
                run: |database| Box::pin($module::$body(database)),
            },
        )*)*];
    };
}

__list_bodies!(bodies {});
