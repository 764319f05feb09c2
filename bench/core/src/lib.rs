//! What every measured library shares: the data set, the workloads and the meter.
//!
//! A library implements [`Library`] and calls [`run`] from its `main`; the driver starts it as a
//! process and asks it for one [`Workload`] after the other.

mod data;
mod figures;
mod library;
mod meter;
mod serve;
mod workload;

pub use data::{
    CACHE_BYTES, CREATE_TABLE, Key, MMAP_BYTES, Message, PAGE, TENANT, messages, now_micros,
    pragmas,
};
pub use figures::{duration, median};
pub use library::{Durability, Library};
pub use meter::{Cost, Stopwatch};
pub use serve::run;
pub use workload::Workload;

/// What a library answers where it has nothing for a workload.
pub const NOTHING: &str = "-";

/// Whatever went wrong; a benchmark only reports it and ends.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of a step of a benchmark.
pub type Result<T> = std::result::Result<T, Error>;
