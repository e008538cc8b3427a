//! A step without inputs whose columns nobody knows.

use pipe_core::prelude::*;

#[step]
fn today() -> LazyFrame {
    LazyFrame::default()
}

fn main() {}
