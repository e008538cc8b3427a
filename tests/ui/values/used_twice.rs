//! A value that cannot be stored is one mistake, however often it is used.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

struct Model {
    mean: f64,
}

#[step]
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
    fn scores(flights: Frame<Flight>) -> LazyFrame {
        let model = train(flights);
        let scored = score(flights, model);
        let again = score(scored, model);
        again
    }
}

fn main() {}
