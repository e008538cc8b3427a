//! A misspelled column to drop.

use pipe_core::prelude::*;

#[step(drops(dep_delay))]
fn forget(flights: LazyFrame) -> LazyFrame {
    flights.drop(cols(["dep_dealy"]))
}

fn main() {}
