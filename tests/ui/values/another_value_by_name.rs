//! A value of another type than the step takes, given by name.

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
fn count(flights: DataFrame) -> u64 {
    flights.height() as u64
}

#[step]
fn score(flights: LazyFrame, model: &Model) -> LazyFrame {
    let _ = model.mean;
    flights.reverse()
}

pipeline! {
    fn scores(flights: Frame<Flight>) -> LazyFrame {
        let counted = count(flights);
        let scored = score(model = counted, flights = flights);
        scored
    }
}

fn main() {}
