//! A misspelled column to rename.

use pipe_core::prelude::*;

#[step(renames(dep_delay => delay))]
fn shorten(flights: LazyFrame) -> LazyFrame {
    flights.rename(["dep_dely"], ["delay"], true)
}

fn main() {}
