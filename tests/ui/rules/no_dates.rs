//! Texts that are no dates, times or durations (5 mistakes).

use pipe_core::prelude::*;

use pipe_core::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

#[derive(Schema)]
struct Flight {
    #[column(min = "2013-02-29")]
    day: NaiveDate,
    #[column(max = "24:00")]
    departure: NaiveTime,
    #[column(min = "2013-01-01T05:00")]
    at: DateTime<Utc>,
    #[column(max = "two hours")]
    delay: TimeDelta,
    #[column(min = "2013-01-01 05:00:00.0005", unit = "ms")]
    arrival: NaiveDateTime,
}

fn main() {}
