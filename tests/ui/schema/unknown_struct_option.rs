//! An option that `#[schema]` does not have.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(rename_all = "UPPERCASE")]
struct Flight {
    carrier: String,
}

fn main() {}
