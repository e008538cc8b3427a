//! A number where a duration stands.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, base = 200))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
