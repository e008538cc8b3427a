//! A clause without its brackets.

use pipe_core::prelude::*;

#[step(drops = comment)]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
