//! A step reads a column that is not there, and none is near.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(air_time: f64), adds(hours: f64))]
fn add_hours(flights: LazyFrame) -> LazyFrame {
    flights.with_column((col("air_time") / lit(60.0)).alias("hours"))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let timed = add_hours(flights);
        timed
    }
}

fn main() {}
