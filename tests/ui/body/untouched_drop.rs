//! A column that is declared as dropped and never named.

use pipe_core::prelude::*;

#[step(drops(dep_delay, distance))]
fn forget(flights: LazyFrame) -> LazyFrame {
    flights.drop(cols(["dep_delay"]))
}

fn main() {}
