//! A step made the column, with nulls.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(distance: i64), adds(miles: Option<f64>))]
fn add_miles(flights: LazyFrame) -> LazyFrame {
    flights.with_column((col("distance") / lit(1.609)).alias("miles"))
}

#[step(reads(miles: f64))]
fn far(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("miles").gt(lit(1000.0)))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let measured = add_miles(flights);
        let far = far(measured);
        far
    }
}

fn main() {}
