//! A `min` above the `max` (2 mistakes).

use pipe_core::prelude::*;

use pipe_core::chrono::NaiveDate;

#[derive(Schema)]
struct Flight {
    #[column(min = 10, max = 5)]
    distance: i64,
    #[column(max = "2013-01-01", min = "2014-01-01")]
    day: NaiveDate,
}

fn main() {}
