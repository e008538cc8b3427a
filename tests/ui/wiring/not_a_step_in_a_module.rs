//! A function without `#[step]`, by its path.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

mod steps {
    use pipe_core::prelude::*;

    pub fn newest(flights: LazyFrame) -> LazyFrame {
        flights.reverse()
    }
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let first = steps::newest(flights);
        first
    }
}

fn main() {}
