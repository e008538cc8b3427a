//! Values that are not of their column's type: each an error of its own (6 mistakes).

use pipe_core::prelude::*;

use pipe_core::chrono::NaiveDate;

#[derive(Schema)]
struct Flight {
    #[column(min = 0.5)]
    distance: i64,
    #[column(max = "far")]
    air_time: i64,
    #[column(one_of(1, 2))]
    carrier: String,
    #[column(min = 2013)]
    day: NaiveDate,
    #[column(one_of("EWR", 7))]
    origin: Option<String>,
}

fn main() {}
