//! A step that returns a number.

use pipe_core::prelude::*;

#[step]
fn count(flights: DataFrame) -> usize {
    flights.height()
}

fn main() {}
