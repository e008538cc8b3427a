//! A misspelled column in a `vec![…]`.

use pipe_core::prelude::*;

#[step(reads(carrier: String, dep_delay: Option<i64>))]
fn clean(flights: LazyFrame) -> LazyFrame {
    flights.drop_nulls(Some(cols(vec!["carrier", "dep_dely"])))
}

fn main() {}
