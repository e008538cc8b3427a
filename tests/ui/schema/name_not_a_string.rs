//! A name that is no string.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(name = carrier)]
    carrier: String,
}

fn main() {}
