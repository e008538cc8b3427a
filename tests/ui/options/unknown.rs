//! An option that `#[step]` does not have.

use pipe_core::prelude::*;

#[step(cache = true)]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
