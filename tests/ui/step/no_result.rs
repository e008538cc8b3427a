//! A step that returns nothing.

use pipe_core::prelude::*;

#[step]
fn print(flights: LazyFrame) {
    println!("{}", flights.collect().is_ok());
}

fn main() {}
