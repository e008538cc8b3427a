//! A parameter where the value of a step is wanted.

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
    fn scores(flights: Frame<Flight>, limit: i64) -> LazyFrame {
        let far = far(flights, limit);
        far
    }
}

fn main() {}
