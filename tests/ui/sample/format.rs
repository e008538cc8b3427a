//! A sample that is neither CSV nor NDJSON.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample = "notes.txt")]
struct Flight {
    carrier: String,
}

fn main() {}
