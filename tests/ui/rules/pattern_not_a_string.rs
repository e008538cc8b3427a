//! A pattern that is no string.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(pattern = 5)]
    tailnum: String,
}

fn main() {}
