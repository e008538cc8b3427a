//! A value that nobody needs.

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
fn newest(flights: LazyFrame) -> LazyFrame {
    flights.reverse()
}

pipeline! {
    fn scores(flights: Frame<Flight>) -> LazyFrame {
        let counted = count(flights);
        let newest = newest(flights);
        newest
    }
}

fn main() {}
