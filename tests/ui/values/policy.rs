//! A policy for the rows of a value.

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
    fn scores(flights: Frame<Flight>) -> u64 {
        #[invalid(warn)]
        let counted = count(flights);
        counted
    }
}

fn main() {}
