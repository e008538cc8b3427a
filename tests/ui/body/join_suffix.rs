//! A column with the suffix of a join whose stem is misspelled.

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
        .left_join(airlines.lazy(), col("carrier"), col("code"))
        .filter(col("distence_right").is_not_null())
}

fn main() {}
