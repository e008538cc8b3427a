//! A policy for a result that has no rules.

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
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        #[invalid(quarantine)]
        let rated = rate(flights);
        rated
    }
}

fn main() {}
