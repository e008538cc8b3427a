//! A misspelled key of a join, on the right.

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
    flights.join(airlines.lazy(), [col("carrier")], [col("codes")], JoinArgs::new(JoinType::Left))
}

fn main() {}
