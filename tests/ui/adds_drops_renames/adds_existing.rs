//! A step adds a column of the input.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(adds(distance: f64))]
fn measure(flights: LazyFrame) -> LazyFrame {
    flights.with_column(lit(1.0).alias("distance"))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let measured = measure(flights);
        measured
    }
}

fn main() {}
