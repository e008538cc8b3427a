//! A frame that does not say which.

use pipe_core::prelude::*;

#[step]
fn newest(flights: Frame) -> LazyFrame {
    flights.lazy().reverse()
}

fn main() {}
