//! An option that `retry` does not have.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, delay = "1s"))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
