//! A value that is not given.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Model {
    mean: f64,
}

#[step]
fn score(flights: LazyFrame, model: &Model) -> LazyFrame {
    let _ = model.mean;
    flights.reverse()
}

pipeline! {
    fn scores(flights: Frame<Flight>) -> LazyFrame {
        let scored = score(flights);
        scored
    }
}

fn main() {}
