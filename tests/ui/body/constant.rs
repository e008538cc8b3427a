//! A misspelled column in a constant of the body.

use pipe_core::prelude::*;

#[step(reads(carrier: String, dep_delay: Option<i64>))]
fn clean(flights: LazyFrame) -> LazyFrame {
    const KEYS: [&str; 2] = ["carrier", "dep_dely"];
    flights.drop_nulls(Some(cols(KEYS)))
}

fn main() {}
