//! A policy on an argument that is no frame.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(min = 0)]
    distance: i64,
}

#[step]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights
}

pipeline! {
    fn delays(flights: Frame<Flight>, #[invalid(warn)] scale: f64) -> LazyFrame {
        let rated = rate(flights);
        rated
    }
}

fn main() {}
