//! Rows to be put aside beside a checkpoint that is not there.

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
    fn delays(flights: Frame<Flight>) -> Frame<Flight> {
        #[invalid(quarantine)]
        #[checkpoint(false)]
        let rated = rate(flights);
        rated
    }
}

fn main() {}
