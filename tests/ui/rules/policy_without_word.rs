//! `#[invalid]` without a policy.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(min = 0)]
    distance: i64,
}

#[step]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights
}

pipeline! {
    fn delays(#[invalid] flights: Frame<Flight>) -> LazyFrame {
        let rated = rate(flights);
        rated
    }
}

fn main() {}
