//! Values of an NDJSON sample that are not of the field's type (4 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample = "events.ndjson")]
struct Event {
    id: Option<i64>,
    name: String,
    ratio: Option<f64>,
    done: bool,
}

fn main() {}
