//! What does not compile, and what the compiler says; and what must compile.
//!
//! Each file of `ui/` holds one mistake and says in its first line what is rejected and why; its
//! `.stderr` is what a user reads. `TRYBUILD=overwrite` writes them anew: read every one of them then.
//! The files of `ui/pass/` are modules of this one, because a module costs no build of its own; they
//! are public, so that the lints about what a library shows have something to look at.

#[path = "../ui/pass/made_by_macros.rs"]
pub mod made_by_macros;
#[path = "../ui/pass/no_prelude_and_renamed_crate.rs"]
pub mod no_prelude_and_renamed_crate;
#[path = "../ui/pass/north_star.rs"]
pub mod north_star;
#[path = "../ui/pass/own_names.rs"]
pub mod own_names;
#[path = "../ui/pass/raw_identifiers.rs"]
pub mod raw_identifiers;
#[path = "../ui/pass/strict_lints.rs"]
pub mod strict_lints;

/// All are checked in one build, because none is linked or run.
#[test]
fn rejected() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
