//! A schema with a mistake of its own: steps and pipelines over it add nothing to it.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    gate: char,
}

#[step]
fn by_carrier(flights: Frame<Flight>) -> Frame<Flight> {
    flights.lazy().group_by([col("carrier")]).agg([col("gate").first()]).into()
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> Frame<Flight> {
        let carriers = by_carrier(flights);
        carriers
    }
}

fn main() {}
