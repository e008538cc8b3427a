//! An earlier step dropped the column already.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(drops(dep_delay))]
fn forget_delay(flights: LazyFrame) -> LazyFrame {
    flights.drop(by_name(["dep_delay"], true, false))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let slim = forget_delay(flights);
        let slimmer = forget_delay(slim);
        slimmer
    }
}

fn main() {}
