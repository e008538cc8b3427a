//! `one_of` with one value and no parentheses.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(one_of = "EWR")]
    origin: String,
}

fn main() {}
