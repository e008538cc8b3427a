//! A function that is not there.

use pipe_core::prelude::*;

#[allow(dead_code)]
fn is_transient(_: &std::io::Error) -> bool {
    true
}

#[step(retry(attempts = 3, when = is_transcient))]
fn fetch(flights: LazyFrame) -> Result<LazyFrame, std::io::Error> {
    Ok(flights)
}

fn main() {}
