//! A value that is in `one_of` twice.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(one_of("EWR", "JFK", "EWR"))]
    origin: String,
}

fn main() {}
