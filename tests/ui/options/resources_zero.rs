//! Nothing of a resource.

use pipe_core::prelude::*;

#[step(resources(db = 0))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
