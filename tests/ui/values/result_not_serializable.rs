//! A value that cannot be stored.

use pipe_core::prelude::*;

struct Model {
    mean: f64,
}

#[step]
fn train(flights: LazyFrame) -> Model {
    let _ = flights;
    Model { mean: 0.0 }
}

fn main() {}
