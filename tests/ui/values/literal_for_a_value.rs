//! A literal where the value of a step is wanted.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step]
fn far(flights: LazyFrame, limit: &i64) -> LazyFrame {
    flights.limit(*limit as u32)
}

pipeline! {
    fn scores(flights: Frame<Flight>) -> LazyFrame {
        let far = far(flights, 1000);
        far
    }
}

fn main() {}
