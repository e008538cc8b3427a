//! One mistake: later steps use the column and add nothing to it.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(air_time: f64), adds(hours: f64))]
fn add_hours(flights: LazyFrame) -> LazyFrame {
    flights.with_column((col("air_time") / lit(60)).alias("hours"))
}

#[step(reads(hours: f64, air_time: f64))]
fn long(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("hours").gt(lit(5)).and(col("air_time").gt(lit(0))))
}

#[step(replaces(air_time: i64))]
fn round(flights: LazyFrame) -> LazyFrame {
    flights.with_column(col("air_time").cast(DataType::Int64))
}

#[step(drops(air_time))]
fn slim(flights: LazyFrame) -> LazyFrame {
    flights.drop(by_name(["air_time"], true, false))
}

#[derive(Schema)]
struct Timed {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
    hours: f64,
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> Frame<Timed> {
        let timed = add_hours(flights);
        let long = long(timed);
        let round = round(long);
        let slim = slim(round);
        slim
    }
}

fn main() {}
