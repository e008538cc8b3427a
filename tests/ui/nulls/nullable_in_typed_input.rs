//! The schema of a typed step says that a column is never null.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[derive(Schema)]
struct Departed {
    dep_delay: i64,
}

#[step]
fn worst(flights: Frame<Departed>) -> Frame<Departed> {
    flights.lazy().max().into()
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let worst = worst(flights);
        worst
    }
}

fn main() {}
