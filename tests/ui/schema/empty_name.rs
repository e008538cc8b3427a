//! A column without a name.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(name = "")]
    carrier: String,
}

fn main() {}
