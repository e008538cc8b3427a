//! A step reads text as a number.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(carrier: numeric), adds(double: f64))]
fn double(flights: LazyFrame) -> LazyFrame {
    flights.with_column((col("carrier") * lit(2.0)).alias("double"))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let doubled = double(flights);
        doubled
    }
}

fn main() {}
