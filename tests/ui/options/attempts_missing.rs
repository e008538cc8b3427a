//! Retries without saying how many.

use pipe_core::prelude::*;

#[step(retry(base = "200ms"))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
