//! A schema for a value.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Total {
    total: i64,
}

#[step(returns(Total))]
fn total(flights: DataFrame) -> i64 {
    flights.height() as i64
}

fn main() {}
