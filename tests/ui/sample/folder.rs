//! A sample that is a folder.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample = "../sample")]
struct Flight {
    carrier: String,
}

fn main() {}
