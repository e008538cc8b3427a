//! Attempts below zero.

use pipe_core::prelude::*;

#[step(retry(attempts = -1))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
