//! A wrong type, an unknown name, a missing column and a missing argument in one pipeline (4 mistakes).

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

#[step]
fn newest(flights: LazyFrame) -> LazyFrame {
    flights.reverse()
}

#[step(reads(air_time: f64))]
fn long(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("air_time").gt(lit(60)))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let flagged = flag_late(flights, true);
        let long = long(flagged);
        let newest = newest(lang);
        let again = flag_late(newest);
        again
    }
}

fn main() {}
