//! A typed input whose type is no schema.

use pipe_core::prelude::*;

struct Flight {
    distance: i64,
}

#[step]
fn newest(flights: Frame<Flight>) -> Frame<Flight> {
    flights.lazy().reverse().into()
}

fn main() {}
