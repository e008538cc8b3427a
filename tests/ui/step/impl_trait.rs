//! Nor in disguise.

use pipe_core::prelude::*;

#[step]
fn skip(flights: LazyFrame, rows: impl Into<u32>) -> LazyFrame {
    flights.slice(i64::from(rows.into()), u32::MAX)
}

fn main() {}
