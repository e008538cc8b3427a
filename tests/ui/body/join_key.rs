//! A misspelled key of a join, on the left.

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

#[step(reads(carrier: String), adds(name: Option<String>))]
fn add_name(flights: LazyFrame, airlines: Frame<Airline>) -> LazyFrame {
    flights.left_join(airlines.lazy(), col("carier"), col("code"))
}

fn main() {}
