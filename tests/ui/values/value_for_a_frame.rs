//! A value where a frame is wanted.

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
fn train(flights: LazyFrame) -> Model {
    let _ = flights;
    Model { mean: 0.0 }
}

#[step]
fn newest(flights: LazyFrame) -> LazyFrame {
    flights.reverse()
}

pipeline! {
    fn scores(flights: Frame<Flight>) -> LazyFrame {
        let model = train(flights);
        let newest = newest(model);
        newest
    }
}

fn main() {}
