//! Values of a CSV sample that cannot be of the field's type, whatever the options of the source (4 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample = "flights.csv")]
struct Flight {
    carrier: bool,
    dep_delay: i64,
    distance: u32,
    seats: f64,
}

fn main() {}
