//! What does not compile, and what the compiler says; and what must compile.
//!
//! Each file of `ui/` holds one mistake and says in its first line what is rejected and why; its
//! `.stderr` is what a user reads. `TRYBUILD=overwrite` writes them anew: read every one of them then.

use trybuild::TestCases;

/// Checked all in one build, because nothing of it is linked or run.
#[test]
fn rejected() {
    TestCases::new().compile_fail("ui/*.rs");
}

#[test]
fn accepted() {
    TestCases::new().pass("ui/pass/*.rs");
}
