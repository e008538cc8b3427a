//! A resource without an amount.

use pipe_core::prelude::*;

#[step(resources(db, gpu = 1))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
