//! A time unit on a column that holds no time.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(unit = "ms")]
    distance: i64,
}

fn main() {}
