//! An input that nobody needs.

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
    fn delays(flights: Frame<Flight>, planes: LazyFrame) -> LazyFrame {
        let first = newest(flights);
        first
    }
}

fn main() {}
