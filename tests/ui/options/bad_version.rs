//! A version that is no number.

use pipe_core::prelude::*;

#[step(version = "2")]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
