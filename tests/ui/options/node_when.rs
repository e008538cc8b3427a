//! Which errors may pass is said of the step.

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
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        #[retry(attempts = 3, when = is_transient)]
        let newest = newest(flights);
        newest
    }
}

fn main() {}
