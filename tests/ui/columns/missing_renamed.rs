//! An earlier step renamed the column.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(renames(dep_delay => delay))]
fn shorten(flights: LazyFrame) -> LazyFrame {
    flights.rename(["dep_delay"], ["delay"], true)
}

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn flag_late(flights: LazyFrame, minutes: i64) -> LazyFrame {
    flights.with_column(col("dep_delay").gt(lit(minutes)).alias("late"))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let short = shorten(flights);
        let flagged = flag_late(short, 15);
        flagged
    }
}

fn main() {}
