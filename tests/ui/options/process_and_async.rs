//! A process for a step that is `async`.

use pipe_core::prelude::*;

#[step(process)]
async fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
