//! A line of an NDJSON sample that is no object.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample = "broken.ndjson")]
struct Event {
    id: i64,
}

fn main() {}
