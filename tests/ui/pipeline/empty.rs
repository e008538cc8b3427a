//! A `pipeline!` with nothing in it.

use pipe_core::prelude::*;

pipeline! {}

fn main() {}
