//! A frame that need not come.

use pipe_core::prelude::*;

#[step]
fn newest(flights: LazyFrame) -> Option<LazyFrame> {
    Some(flights.reverse())
}

fn main() {}
