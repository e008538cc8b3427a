//! A jitter that could make waits negative.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, jitter = 1.5))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
