//! A step of the library is checked like one of the user (2 mistakes).

use pipe_core::prelude::*;

use pipe_core::steps::add_column;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let metric = add_column(flights, "carrier", "distance", 1.609);
        metric
    }
}

fn main() {}
