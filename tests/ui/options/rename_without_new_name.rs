//! Half a renaming.

use pipe_core::prelude::*;

#[step(renames(distance))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
