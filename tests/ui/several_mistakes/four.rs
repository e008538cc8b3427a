//! Four independent mistakes in one pipeline: each is reported once, none hides or causes another (4 mistakes).

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

#[step(reads(carrier: i64))]
fn known(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("carrier").gt(lit(0)))
}

#[step(reads(air_time: f64), adds(hours: f64))]
fn add_hours(flights: LazyFrame) -> LazyFrame {
    flights.with_column((col("air_time") / lit(60)).alias("hours"))
}

#[step(reads(hours: f64))]
fn long(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("hours").gt(lit(5)))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let flagged = flag_late(flights, minuts = 15);
        let known = known(flagged);
        let timed = add_hours(known);
        let long = long(timed);
        let unused = newest(flights);
        long
    }
}

fn main() {}
