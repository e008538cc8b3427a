//! What users read when they made a mistake: every file in `ui/` beside the compiler's output for it.
//!
//! `TRYBUILD=overwrite cargo test -p pipe-tests --test compile_fail` writes the outputs anew: read
//! the difference before you commit it. Cases that must compile are in `compile_pass`, a test of
//! its own: with one of them here trybuild would run `cargo build`, and this suite is to show what
//! an editor shows, which runs `cargo check`.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}
