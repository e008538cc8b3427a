//! An input that is returned as a value.

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

pipeline! {
    fn scores(flights: Frame<Flight>) -> (u64, u64) {
        let counted = count(flights);
        (counted, flights)
    }
}

fn main() {}
