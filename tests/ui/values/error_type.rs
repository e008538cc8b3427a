//! An error that is none, of a step that returns a value.

use pipe_core::prelude::*;

struct Oops;

#[step]
fn count(flights: LazyFrame) -> Result<u64, Oops> {
    let _ = flights;
    Err(Oops)
}

fn main() {}
