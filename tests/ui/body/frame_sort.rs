//! A misspelled column in the `sort` of a `DataFrame`.

use pipe_core::prelude::*;

#[step(reads(distance: i64))]
fn sorted(flights: DataFrame) -> Result<DataFrame, PolarsError> {
    flights.sort(["distence"], SortMultipleOptions::default())
}

fn main() {}
