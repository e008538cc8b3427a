//! A misspelled column in the `drop` of a `DataFrame`.

use pipe_core::prelude::*;

#[step(drops(distance))]
fn forget(flights: DataFrame) -> Result<DataFrame, PolarsError> {
    flights.drop("distence")
}

fn main() {}
