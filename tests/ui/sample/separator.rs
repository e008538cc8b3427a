//! A sample that is separated otherwise: one error, not one for each field.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample = "semicolons.csv")]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
}

fn main() {}
