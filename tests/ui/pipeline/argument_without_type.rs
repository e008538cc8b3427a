//! An argument without a type.

use pipe_core::prelude::*;

#[step]
fn newest(flights: LazyFrame) -> LazyFrame {
    flights.reverse()
}

pipeline! {
    fn delays(flights) -> LazyFrame {
        let newest = newest(flights);
        newest
    }
}

fn main() {}
