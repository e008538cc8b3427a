//! A step promises a column without nulls that is not there.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(non_null(arr_delay))]
fn arrived(flights: LazyFrame) -> LazyFrame {
    flights.drop_nulls(Some(by_name(["arr_delay"], true, false)))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let arrived = arrived(flights);
        arrived
    }
}

fn main() {}
