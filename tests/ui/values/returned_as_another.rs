//! A value that is returned as one of another type.

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
    fn scores(flights: Frame<Flight>) -> i64 {
        let counted = count(flights);
        counted
    }
}

fn main() {}
