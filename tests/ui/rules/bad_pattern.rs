//! Patterns that are no regular expressions (2 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(pattern = "^N[0-9")]
    tailnum: String,
    #[column(pattern = "*")]
    carrier: String,
}

fn main() {}
