//! A jitter below zero.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, jitter = -0.1))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
