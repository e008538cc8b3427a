//! `min` without a value.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(min)]
    distance: i64,
}

fn main() {}
