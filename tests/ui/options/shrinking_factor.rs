//! Waits that shrink.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, factor = 0.5))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
