//! An argument without a name.

use pipe_core::prelude::*;

#[step]
fn newest((flights, _): (LazyFrame, i64)) -> LazyFrame {
    flights.reverse()
}

fn main() {}
