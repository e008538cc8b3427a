//! A time unit that does not exist.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(unit = "s")]
    seconds: i64,
}

fn main() {}
