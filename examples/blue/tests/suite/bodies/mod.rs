//! The behaviours: each is one body, which names no engine.

pub(crate) mod dialogues;
pub(crate) mod documents;
pub(crate) mod entities;
pub(crate) mod faults;
pub(crate) mod files;
pub(crate) mod references;
