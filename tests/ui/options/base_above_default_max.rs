//! The first wait is longer than the longest, of which nothing was said.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, base = "5m"))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
