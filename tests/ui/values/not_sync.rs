//! A value that threads cannot share.

use pipe_core::prelude::*;

use std::cell::Cell;

#[step]
fn far(flights: LazyFrame, limit: &Cell<u32>) -> LazyFrame {
    flights.limit(limit.get())
}

fn main() {}
