//! The first wait is longer than the longest.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, base = "2m", max = "1m"))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
