//! No attempt at all.

use pipe_core::prelude::*;

#[step(retry(attempts = 0))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
