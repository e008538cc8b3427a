//! A misspelled column in one branch of an `if`.

use pipe_core::prelude::*;

#[step(reads(carrier: String, dep_delay: Option<i64>))]
fn clean(flights: LazyFrame, by_delay: bool) -> LazyFrame {
    let key = if by_delay { "dep_dely" } else { "carrier" };
    flights.sort([key], SortMultipleOptions::default())
}

fn main() {}
