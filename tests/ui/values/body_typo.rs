//! A misspelled column in the body of a step that returns a value.

use pipe_core::prelude::*;

#[step(reads(distance: i64))]
fn total(flights: LazyFrame) -> PolarsResult<i64> {
    let total = flights.select([col("distanze").sum().alias("total")]).collect()?;
    Ok(total.column("total")?.i64()?.get(0).unwrap_or(0))
}

fn main() {}
