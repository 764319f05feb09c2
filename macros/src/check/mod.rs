//! Rejects what the derives cannot accept. Each function is one rule, or one place with its rules,
//! and says why the rule is there.

mod collection;
mod key_part;
mod names;
mod numbers;
mod projection;
mod record;
mod table;
mod unique;

pub(crate) use collection::collection;
pub(crate) use key_part::key_part;
pub(crate) use record::{MAX_SLOTS, record};
pub(crate) use table::table;

use syn::Generics;

use crate::ast::Item;
use crate::errors::Errors;

/// A schema is one constant and a stored type is owned, so no derive takes parameters.
fn not_generic(item: &Item<'_>, instead: &str, errors: &mut Errors) {
    let Generics { params, where_clause, .. } = item.generics;
    if !params.is_empty() {
        errors.on(params, format!("generic parameters are not supported; {instead}"));
    } else if let Some(clause) = where_clause {
        errors.on(clause, "a `where` clause is not supported; remove it");
    }
}
