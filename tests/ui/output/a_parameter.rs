//! A parameter is not a result.

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
    fn delays(flights: Frame<Flight>, minutes: i64) -> LazyFrame {
        let newest = newest(flights);
        minutes
    }
}

fn main() {}
