//! `#[step]` on an `impl` of something else.

use pipe_core::prelude::*;

struct Newest;

#[step]
impl Newest {
    fn new() -> Self {
        Self
    }
}

fn main() {}
