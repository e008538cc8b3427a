//! A column that is read without a type.

use pipe_core::prelude::*;

#[step(reads(distance))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
