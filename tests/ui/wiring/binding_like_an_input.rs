//! A result has the name of an input.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step]
fn newest(flights: LazyFrame) -> LazyFrame {
    flights.reverse()
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let flights = newest(flights);
        flights
    }
}

fn main() {}
