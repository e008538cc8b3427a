//! Nothing as a result (2 mistakes).

use pipe_core::prelude::*;

#[step]
fn print(flights: LazyFrame) -> () {
    let _ = flights;
}

#[step]
fn send(flights: LazyFrame) -> Result<(), StepError> {
    let _ = flights;
    Ok(())
}

fn main() {}
