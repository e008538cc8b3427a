//! Attempts that are no whole number.

use pipe_core::prelude::*;

#[step(retry(attempts = "three"))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
