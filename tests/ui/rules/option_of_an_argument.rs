//! An option that an argument does not have.

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
    fn delays(#[checkpoint(false)] flights: Frame<Flight>) -> LazyFrame {
        let rated = rate(flights);
        rated
    }
}

fn main() {}
