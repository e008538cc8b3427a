//! A step whose `Result` holds no frame.

use pipe_core::prelude::*;

#[step]
fn count(flights: DataFrame) -> Result<usize, StepError> {
    Ok(flights.height())
}

fn main() {}
