//! A misspelled option of `retry`.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, jiter = 0.1))]
fn fetch(flights: LazyFrame) -> LazyFrame {
    flights
}

fn main() {}
