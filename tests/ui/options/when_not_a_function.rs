//! A constant instead of a function.

use pipe_core::prelude::*;

const TRANSIENT: bool = true;

#[step(retry(attempts = 3, when = TRANSIENT))]
fn fetch(flights: LazyFrame) -> Result<LazyFrame, std::io::Error> {
    Ok(flights)
}

fn main() {}
