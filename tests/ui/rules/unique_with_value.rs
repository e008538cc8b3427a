//! `unique` with a value.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(unique = true)]
    id: i64,
}

fn main() {}
