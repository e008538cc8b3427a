//! A tuple with something in it that is no frame.

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
    fn delays(flights: Frame<Flight>) -> (LazyFrame, u64) {
        let newest = newest(flights);
        (newest, newest)
    }
}

fn main() {}
