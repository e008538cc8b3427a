//! A value that is no literal (2 mistakes).

use pipe_core::prelude::*;

const LONGEST: i64 = 5_000;

#[derive(Schema)]
struct Flight {
    #[column(max = LONGEST)]
    distance: i64,
    #[column(min = 0i64)]
    air_time: i64,
}

fn main() {}
