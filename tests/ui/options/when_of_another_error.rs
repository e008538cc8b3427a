//! A function that judges other errors than the step has.

use pipe_core::prelude::*;

fn is_transient(_: &std::fmt::Error) -> bool {
    true
}

#[step(retry(attempts = 3, when = is_transient))]
fn fetch(flights: LazyFrame) -> Result<LazyFrame, std::io::Error> {
    Ok(flights)
}

fn main() {}
