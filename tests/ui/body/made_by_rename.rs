//! A misspelled new name.

use pipe_core::prelude::*;

#[step(renames(dep_delay => delay))]
fn shorten(flights: LazyFrame) -> LazyFrame {
    flights.rename(["dep_delay"], ["delays"], true)
}

fn main() {}
