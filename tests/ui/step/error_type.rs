//! An error that is none.

use pipe_core::prelude::*;

struct Oops;

#[step]
fn fetch(flights: LazyFrame) -> Result<LazyFrame, Oops> {
    let _ = flights;
    Err(Oops)
}

fn main() {}
