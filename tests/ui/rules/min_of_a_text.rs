//! `min` on a text.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(min = 2)]
    carrier: String,
    distance: i64,
}

fn main() {}
