//! A step with a mistake of its own that returns a value: pipelines that use it add nothing to it.

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

#[step(adds(mean: f64))]
fn train(flights: LazyFrame) -> Model {
    let _ = flights;
    Model { mean: 0.0 }
}

#[step]
fn score(flights: LazyFrame, model: &Model) -> LazyFrame {
    let _ = model.mean;
    flights.reverse()
}

pipeline! {
    fn scores(flights: Frame<Flight>) -> (LazyFrame, Model) {
        let model = train(flights);
        let scored = score(flights, model);
        (scored, model)
    }
}

fn main() {}
