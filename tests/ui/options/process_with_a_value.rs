//! A flag that is given a value.

use pipe_core::prelude::*;

#[step(process = true)]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
