//! The wrong type comes from an earlier step, which is named.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn flag_late(flights: LazyFrame, minutes: i64) -> LazyFrame {
    flights.with_column(col("dep_delay").gt(lit(minutes)).alias("late"))
}

#[step(reads(late: i64))]
fn very_late(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("late").gt(lit(1)))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let flagged = flag_late(flights, 15);
        let very = very_late(flagged);
        very
    }
}

fn main() {}
