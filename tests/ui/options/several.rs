//! Mistakes in several options are reported together (3 mistakes).

use pipe_core::prelude::*;

#[step(reads(distance), retry(attempts = 0), drops(a b))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
