//! A policy whose only rules are of a step with a mistake: one error.

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

#[step(returns(Flight), returns(Flight))]
fn close(flights: LazyFrame) -> LazyFrame {
    flights
}

pipeline! {
    fn delays(flights: LazyFrame) -> LazyFrame {
        let rated = rate(flights);
        #[invalid(warn)]
        let closed = close(rated);
        closed
    }
}

fn main() {}
