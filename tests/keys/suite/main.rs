//! Keys: the golden file of encoding v1, and the properties that make it right.

mod golden;
mod model;
mod properties;
mod ranges;
