//! A misspelled column in a variable: the literal is underlined, once.

use pipe_core::prelude::*;

#[step(reads(carrier: String, dep_delay: Option<i64>))]
fn clean(flights: LazyFrame) -> LazyFrame {
    let key = "dep_dely";
    flights.filter(col(key).is_not_null()).sort([key, "carrier"], SortMultipleOptions::default())
}

fn main() {}
