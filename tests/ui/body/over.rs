//! A misspelled column in `over`: a bare string is a column there.

use pipe_core::prelude::*;

#[step(reads(carrier: String, dep_delay: Option<i64>))]
fn clean(flights: LazyFrame) -> Result<LazyFrame, PolarsError> {
    Ok(flights.filter(col("dep_delay").max().over(["carier"])?.gt(lit(60))))
}

fn main() {}
