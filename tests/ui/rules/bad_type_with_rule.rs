//! A rule on a type that no column can have: one error.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(min = 0)]
    distance: usize,
}

fn main() {}
