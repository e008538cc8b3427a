//! An alias hides that a value may not come.

use pipe_core::prelude::*;

type Fallible<T> = Result<T, std::io::Error>;

#[step]
fn count(flights: LazyFrame) -> Fallible<u64> {
    let _ = flights;
    Ok(0)
}

fn main() {}
