//! An alias hides that a parameter is a frame.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

type Flights = Frame<Flight>;

#[step]
fn newest(flights: Flights) -> Frame<Flight> {
    flights
}

fn main() {}
