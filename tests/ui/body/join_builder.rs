//! A misspelled key of a join that is built.

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
    let airlines = airlines.lazy().rename(["code"], ["carrier"], true);
    flights.join_builder().with(airlines).on([col("carier")]).how(JoinType::Left).finish()
}

fn main() {}
