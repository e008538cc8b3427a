//! A step renames a column to a name that is taken.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(renames(dep_delay => distance))]
fn confuse(flights: LazyFrame) -> LazyFrame {
    flights.rename(["dep_delay"], ["distance"], true)
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let confused = confuse(flights);
        confused
    }
}

fn main() {}
