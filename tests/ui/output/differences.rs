//! The returned frame is not the declared one: every difference is listed.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[derive(Schema)]
struct Rated {
    carrier: String,
    delay: i64,
    distance: f64,
    rating: f64,
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
