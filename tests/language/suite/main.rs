//! What the derives take and what they refuse.

pub mod ui;
