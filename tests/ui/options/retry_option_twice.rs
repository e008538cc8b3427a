//! An option of `retry` that is given twice.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, attempts = 5))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
