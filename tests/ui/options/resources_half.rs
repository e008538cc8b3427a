//! A part of a resource.

use pipe_core::prelude::*;

#[step(resources(gpu = 0.5))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
