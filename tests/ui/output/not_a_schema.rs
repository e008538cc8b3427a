//! The `S` of a returned `Frame<S>` is no schema.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

struct Rated {
    carrier: String,
}

#[step]
fn newest(flights: LazyFrame) -> LazyFrame {
    flights.reverse()
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> Frame<Rated> {
        let newest = newest(flights);
        newest
    }
}

fn main() {}
