//! A function that gives no verdict.

use pipe_core::prelude::*;

fn is_transient(_: &std::io::Error) -> Option<bool> {
    None
}

#[step(retry(attempts = 3, when = is_transient))]
fn fetch(flights: LazyFrame) -> Result<LazyFrame, std::io::Error> {
    Ok(flights)
}

fn main() {}
