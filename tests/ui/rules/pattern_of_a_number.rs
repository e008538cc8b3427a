//! `pattern` on a number.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(pattern = "^N")]
    number: i64,
}

fn main() {}
