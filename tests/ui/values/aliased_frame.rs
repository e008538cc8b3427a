//! An alias hides that a result is a frame.

use pipe_core::prelude::*;

type Rows = LazyFrame;

#[step]
fn newest(flights: LazyFrame) -> Rows {
    flights.reverse()
}

fn main() {}
