//! Columns that the sample does not have; each is an error at its field (2 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample = "flights.csv")]
struct Flight {
    carrier: String,
    dep_dely: Option<i64>,
    #[column(name = "Tail Number")]
    tailnum: Option<String>,
    distance: f64,
}

fn main() {}
