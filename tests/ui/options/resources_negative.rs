//! Less than nothing of a resource.

use pipe_core::prelude::*;

#[step(resources(db = -1))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
