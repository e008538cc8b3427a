//! A column that may be null is read as one that may not.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(dep_delay: i64), adds(hours: i64))]
fn add_hours(flights: LazyFrame) -> LazyFrame {
    flights.with_column((col("dep_delay") / lit(60)).alias("hours"))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let timed = add_hours(flights);
        timed
    }
}

fn main() {}
