//! A policy for an input that has no rules.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    distance: i64,
}

#[step]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights
}

pipeline! {
    fn delays(#[invalid(warn)] flights: Frame<Flight>) -> LazyFrame {
        let rated = rate(flights);
        rated
    }
}

fn main() {}
