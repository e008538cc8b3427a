//! A schema cannot be generic.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight<T> {
    carrier: T,
}

fn main() {}
