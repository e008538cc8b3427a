//! An option that is given twice.

use pipe_core::prelude::*;

#[step(version = 1, version = 2)]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
