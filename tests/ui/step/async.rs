//! A step cannot be `async`.

use pipe_core::prelude::*;

#[step]
async fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
