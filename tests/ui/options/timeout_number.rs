//! A timeout that is a number, and another mistake behind it (2 mistakes).

use pipe_core::prelude::*;

#[step(timeout = 30, retry(attempts = 0))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
