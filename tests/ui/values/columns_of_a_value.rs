//! Clauses about the columns of a value (2 mistakes).

use pipe_core::prelude::*;

#[step(reads(distance: i64), adds(total: i64), non_null(distance))]
fn total(flights: LazyFrame) -> PolarsResult<i64> {
    let total = flights.select([col("distance").sum().alias("total")]).collect()?;
    Ok(total.column("total")?.i64()?.get(0).unwrap_or(0))
}

fn main() {}
