//! A clause on a step without an open input.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(distance: i64))]
fn today() -> Frame<Flight> {
    LazyFrame::default().into()
}

fn main() {}
