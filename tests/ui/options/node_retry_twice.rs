//! Retries of a node said twice.

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
        #[retry(attempts = 3)]
        #[retry(attempts = 5)]
        let newest = newest(flights);
        newest
    }
}

fn main() {}
