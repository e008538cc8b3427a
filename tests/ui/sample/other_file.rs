//! A sample of something else: one error, not one for each field.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample = "events.ndjson")]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
}

fn main() {}
