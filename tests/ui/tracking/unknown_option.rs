//! An option that `#[tracked]` does not have.

use pipe_core::prelude::*;

#[tracked(version = 2)]
fn hours(minutes: Expr) -> Expr {
    minutes / lit(60)
}

fn main() {}
