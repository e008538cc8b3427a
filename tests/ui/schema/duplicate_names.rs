//! Two fields for one column.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    #[column(name = "carrier")]
    airline: String,
}

fn main() {}
