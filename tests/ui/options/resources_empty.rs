//! No resource.

use pipe_core::prelude::*;

#[step(resources())]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
