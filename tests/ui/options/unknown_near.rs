//! A misspelled option.

use pipe_core::prelude::*;

#[step(read(distance: i64))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
