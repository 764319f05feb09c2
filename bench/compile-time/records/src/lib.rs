//! For build scripts: fifty records from the template of one.

use std::path::Path;
use std::{env, fs, io};

/// How many records a crate has.
const COUNT: usize = 50;

/// Writes `$OUT_DIR/records.rs`: `record.rs.in` fifty times, each with its number in place of `@`.
///
/// Where the crate has a `table.rs.in`, it follows once, with the names of all records in place of `@`.
pub fn generate() -> io::Result<()> {
    println!("cargo::rerun-if-changed=record.rs.in");
    let record = fs::read_to_string("record.rs.in")?;
    let mut source: String =
        (0..COUNT).map(|number| record.replace('@', &number.to_string())).collect();
    if Path::new("table.rs.in").exists() {
        println!("cargo::rerun-if-changed=table.rs.in");
        let names: Vec<String> = (0..COUNT).map(|number| format!("Entity{number}")).collect();
        source += &fs::read_to_string("table.rs.in")?.replace('@', &names.join(", "));
    }
    let directory = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&directory).join("records.rs"), source)
}
