//! Errors of a step that has none.

use pipe_core::prelude::*;

fn is_transient(_: &std::io::Error) -> bool {
    true
}

#[step(retry(attempts = 3, when = is_transient))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
