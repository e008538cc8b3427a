//! Lengths that cannot be (5 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(len = -1)]
    a: String,
    #[column(len(min = 3, max = 2))]
    b: String,
    #[column(len(mix = 3))]
    c: String,
    #[column(len())]
    d: String,
    #[column(len(max = "6"))]
    e: String,
}

fn main() {}
