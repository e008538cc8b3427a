//! A step cannot be generic.

use pipe_core::prelude::*;

#[step]
fn skip<N: Into<u32>>(flights: LazyFrame, rows: N) -> LazyFrame {
    flights.slice(i64::from(rows.into()), u32::MAX)
}

fn main() {}
