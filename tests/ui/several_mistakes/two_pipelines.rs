//! Two pipelines in one `pipeline!`, a mistake in each (2 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step]
fn newest(flights: LazyFrame) -> LazyFrame {
    flights.reverse()
}

pipeline! {
    fn first(flights: Frame<Flight>) -> LazyFrame {
        let newest = newest(flight);
        newest
    }

    fn second(flights: Frame<Flight>) -> LazyFrame {
        let newest = newest(flights, 2);
        newest
    }
}

fn main() {}
