//! A factor that is no number.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, factor = "2"))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
