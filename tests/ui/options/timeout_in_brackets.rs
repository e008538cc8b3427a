//! A timeout written like a clause.

use pipe_core::prelude::*;

#[step(timeout("30s"))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
