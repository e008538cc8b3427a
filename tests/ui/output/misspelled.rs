//! A declared column has nearly the name of an undeclared one.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[derive(Schema)]
struct Result {
    carrier: String,
    dep_dealy: Option<i64>,
    distance: i64,
}

#[step]
fn newest(flights: LazyFrame) -> LazyFrame {
    flights.reverse()
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> Frame<Result> {
        let newest = newest(flights);
        newest
    }
}

fn main() {}
