//! More results than a pipeline can have.

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
    fn delays(flights: Frame<Flight>) -> (LazyFrame, LazyFrame, LazyFrame, LazyFrame, LazyFrame, LazyFrame, LazyFrame, LazyFrame, LazyFrame) {
        let a = newest(flights);
        (a, a, a, a, a, a, a, a, a)
    }
}

fn main() {}
