//! `one_of` on a bool.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(one_of("yes", "no"))]
    cancelled: bool,
}

fn main() {}
