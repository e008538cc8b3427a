//! An option that `#[column]` does not have.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(rename = "Carrier")]
    carrier: String,
}

fn main() {}
