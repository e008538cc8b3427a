//! A duration without a unit that is known.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, base = "200 seconds"))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
