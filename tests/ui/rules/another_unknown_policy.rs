//! A policy that is near to none.

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
    fn delays(#[invalid(ignore)] flights: Frame<Flight>) -> LazyFrame {
        let rated = rate(flights);
        rated
    }
}

fn main() {}
