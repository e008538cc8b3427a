//! A sample that is not UTF-8.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample = "latin1.csv")]
struct Flight {
    carrier: String,
}

fn main() {}
