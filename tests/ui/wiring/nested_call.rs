//! A call as the argument of a call: the node in between has no name.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step]
fn newest(flights: LazyFrame) -> LazyFrame {
    flights.reverse()
}

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn flag_late(flights: LazyFrame, minutes: i64) -> LazyFrame {
    flights.with_column(col("dep_delay").gt(lit(minutes)).alias("late"))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let flagged = flag_late(newest(flights), 15);
        flagged
    }
}

fn main() {}
