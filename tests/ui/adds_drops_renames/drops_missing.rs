//! A step drops a column that is not there.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(drops(dep_dely))]
fn forget_delay(flights: LazyFrame) -> LazyFrame {
    flights.drop(by_name(["dep_dely"], true, false))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let slim = forget_delay(flights);
        slim
    }
}

fn main() {}
