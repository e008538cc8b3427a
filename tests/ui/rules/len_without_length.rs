//! `len` without a length.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(len)]
    a: String,
}

fn main() {}
