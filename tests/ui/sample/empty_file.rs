//! A sample without a header line.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample = "empty.csv")]
struct Flight {
    carrier: String,
}

fn main() {}
