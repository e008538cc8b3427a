//! A step that its module does not have.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

mod steps {
    use pipe_core::prelude::*;

    #[step]
    pub fn newest(flights: LazyFrame) -> LazyFrame {
        flights.reverse()
    }
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let first = steps::newst(flights);
        first
    }
}

fn main() {}
