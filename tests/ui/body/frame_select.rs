//! A misspelled column in the `select` of a `DataFrame`.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[derive(Schema)]
struct Distance {
    distance: i64,
}

#[step]
fn some(flights: Frame<Flight>) -> Result<Frame<Distance>, PolarsError> {
    Ok(flights.collect()?.select(["distence"])?.into())
}

fn main() {}
