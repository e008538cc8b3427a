//! A time zone on a column that has none.

use pipe_core::prelude::*;

use chrono::NaiveDateTime;

#[derive(Schema)]
struct Flight {
    #[column(zone = "Europe/Berlin")]
    departure: NaiveDateTime,
}

fn main() {}
