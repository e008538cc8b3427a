//! A class of types without `Option` is not null either.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(dep_delay: numeric))]
fn positive(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_delay").gt(lit(0)))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let positive = positive(flights);
        positive
    }
}

fn main() {}
