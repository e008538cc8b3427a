//! A value in an expression.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}


#[step]
fn count(flights: DataFrame) -> u64 {
    flights.height() as u64
}

#[step]
fn first(flights: LazyFrame, rows: u64) -> LazyFrame {
    flights.limit(rows as u32)
}

pipeline! {
    fn scores(flights: Frame<Flight>) -> LazyFrame {
        let counted = count(flights);
        let first = first(flights, counted / 2);
        first
    }
}

fn main() {}
