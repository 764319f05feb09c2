//! rusqlite 0.41 under the name and version that dynoxide asks for.
//!
//! Only the root manifest's `[patch.crates-io]` names this crate. It goes when dynoxide wants the same
//! rusqlite as the workspace.

pub use new::*;
