//! A jitter that is no number.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, jitter = "10%"))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
