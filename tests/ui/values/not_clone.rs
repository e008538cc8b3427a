//! A returned value that cannot be cloned.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Model {
    mean: f64,
}

#[step]
fn train(flights: LazyFrame) -> Model {
    let _ = flights;
    Model { mean: 0.0 }
}

#[step]
fn newest(flights: LazyFrame) -> LazyFrame {
    flights.reverse()
}

pipeline! {
    fn scores(flights: Frame<Flight>) -> (LazyFrame, Model) {
        let model = train(flights);
        let newest = newest(flights);
        (newest, model)
    }
}

fn main() {}
