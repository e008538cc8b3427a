//! A step reads a column that is not there; another has nearly its name.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(dep_dely: Option<i64>), adds(late: bool))]
fn flag_late(flights: LazyFrame) -> LazyFrame {
    flights.with_column(col("dep_dely").gt(lit(15)).alias("late"))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let flagged = flag_late(flights);
        flagged
    }
}

fn main() {}
