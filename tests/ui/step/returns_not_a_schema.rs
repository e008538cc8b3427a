//! `returns` with a type that is no schema.

use pipe_core::prelude::*;

struct Flight {
    distance: i64,
}

#[step(returns(Flight))]
fn newest(flights: LazyFrame) -> LazyFrame {
    flights.reverse()
}

fn main() {}
