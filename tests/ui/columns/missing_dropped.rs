//! An earlier step dropped the column.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(drops(dep_delay))]
fn forget_delay(flights: LazyFrame) -> LazyFrame {
    flights.drop(by_name(["dep_delay"], true, false))
}

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn flag_late(flights: LazyFrame, minutes: i64) -> LazyFrame {
    flights.with_column(col("dep_delay").gt(lit(minutes)).alias("late"))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let slim = forget_delay(flights);
        let flagged = flag_late(slim, 15);
        flagged
    }
}

fn main() {}
