//! A step that returns nothing: pipelines that use it add nothing to it.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step]
fn count(flights: LazyFrame) {
    let _ = flights;
}

#[step]
fn first(flights: LazyFrame, rows: &u64) -> LazyFrame {
    flights.limit(*rows as u32)
}

pipeline! {
    fn scores(flights: Frame<Flight>) -> (LazyFrame, u64) {
        let counted = count(flights);
        let first = first(flights, counted);
        (first, counted)
    }
}

fn main() {}
