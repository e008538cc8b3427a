//! A sample that is not there.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample = "data/flights.csv")]
struct Flight {
    carrier: String,
}

fn main() {}
