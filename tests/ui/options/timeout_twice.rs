//! Two timeouts.

use pipe_core::prelude::*;

#[step(timeout = "30s", timeout = "1m")]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
