//! What users do, a module for each: one program, as each one that links Polars takes 300 MB and seconds.

use pipe_core::polars::prelude::{DataFrame, PolarsResult};

mod check;
mod checkpoint_pipeline;
mod environment;
mod interrupt;
mod pattern_names;
mod processes;
mod rows;
mod rules;
mod secrets;
mod tracking;
mod values;

/// The numbers of rows that were put aside.
fn rows_put_aside(aside: &DataFrame) -> PolarsResult<Vec<u64>> {
    let numbers = aside.column("quarantine_row")?.u64()?.iter();
    Ok(numbers.flatten().collect())
}
