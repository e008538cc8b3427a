//! A value that can be stored, but not read back, and that may fail.

use pipe_core::prelude::*;

#[derive(serde::Serialize)]
struct Model {
    mean: f64,
}

#[step]
fn train(flights: LazyFrame) -> PolarsResult<Model> {
    let _ = flights;
    Ok(Model { mean: 0.0 })
}

fn main() {}
