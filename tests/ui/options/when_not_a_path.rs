//! A closure instead of a function.

use pipe_core::prelude::*;

#[step(retry(attempts = 3, when = |error| error.kind() == ErrorKind::TimedOut))]
fn fetch(flights: LazyFrame) -> Result<LazyFrame, std::io::Error> {
    Ok(flights)
}

fn main() {}
