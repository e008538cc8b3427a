//! A step renames a column that is not there.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(renames(delay => minutes))]
fn in_minutes(flights: LazyFrame) -> LazyFrame {
    flights.rename(["delay"], ["minutes"], true)
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let renamed = in_minutes(flights);
        renamed
    }
}

fn main() {}
