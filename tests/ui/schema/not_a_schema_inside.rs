//! A field of a struct that is no schema.

use pipe_core::prelude::*;

struct Airport {
    name: String,
}

#[derive(Schema)]
struct Flight {
    origin: Airport,
}

fn main() {}
