//! The dialogue and document stores of Blue, as an application writes them on keyloom.
//!
//! Blue keeps structured dialogues between experts, documents, and the links between them. What a
//! program sees of it are two object-safe traits, [`DialogueStore`] and [`DocumentStore`], and the
//! records that they take and give. Which engine is behind them is decided in one module, that of
//! [`open_dialogue_store`], by a configuration file; nothing else in this crate names one, but for the
//! full-text search, which only SQLite has.
//!
//! | module | holds |
//! |---|---|
//! | [`id`] | typed ids, and the ids that people see: `P0203` |
//! | [`dialogue`] | the records of a dialogue, their layout, `DialogueStore` and its implementation |
//! | [`document`] | the same for documents and links |
//! | [`config`] | `.blue/config.toml` |

pub mod config;
pub mod dialogue;
pub mod document;
mod error;
pub mod id;
mod open;
mod slug;

pub use config::Config;
pub use dialogue::DialogueStore;
pub use document::DocumentStore;
pub use error::{Error, Result};
pub use open::{open_dialogue_store, open_dialogue_store_at, open_document_store};
