//! A column with another suffix than the one that is given.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[derive(Schema)]
struct Airline {
    code: String,
    name: String,
}

#[step(reads(carrier: String, distance: i64), adds(name: Option<String>))]
fn add_name(flights: LazyFrame, airlines: Frame<Airline>) -> LazyFrame {
    flights
        .join_builder()
        .with(airlines.lazy())
        .left_on([col("carrier")])
        .right_on([col("code")])
        .suffix("_of_airline")
        .finish()
        .filter(col("distance_of_airline").eq(col("distance_of_arline")))
}

fn main() {}
