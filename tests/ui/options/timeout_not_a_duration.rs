//! A timeout without a unit.

use pipe_core::prelude::*;

#[step(timeout = "30")]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
