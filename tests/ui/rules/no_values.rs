//! `one_of` without values.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(one_of())]
    origin: String,
}

fn main() {}
