//! A rule that is said twice (2 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(min = 0, min = 1)]
    distance: i64,
    #[column(unique)]
    #[column(unique)]
    id: i64,
}

fn main() {}
