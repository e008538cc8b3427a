//! A resource that is named twice.

use pipe_core::prelude::*;

#[step(resources(db = 1, db = 2))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
