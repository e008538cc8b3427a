//! A value that is returned as a frame with a schema.

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
    fn scores(flights: Frame<Flight>) -> Frame<Flight> {
        let counted = count(flights);
        counted
    }
}

fn main() {}
