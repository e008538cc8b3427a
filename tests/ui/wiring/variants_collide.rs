//! Two names that would be one variant of the node enum.

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
        let first_two = newest(flights);
        let firstTwo = newest(first_two);
        firstTwo
    }
}

fn main() {}
