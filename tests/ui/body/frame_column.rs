//! A misspelled column of a `DataFrame`.

use pipe_core::prelude::*;

#[step(reads(distance: i64))]
fn far(flights: DataFrame) -> Result<DataFrame, PolarsError> {
    let far = flights.column("distence")?.i64()?.gt(1000);
    flights.filter(&far)
}

fn main() {}
