//! A type that is no step.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

struct Newest;

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let first = Newest(flights);
        first
    }
}

fn main() {}
