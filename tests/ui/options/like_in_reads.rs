//! `like` where a type of its own is needed.

use pipe_core::prelude::*;

#[step(reads(distance: i64, air_time: like(distance)))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
