//! `#[tracked]` on something that is no function.

use pipe_core::prelude::*;

#[tracked]
struct Units;

fn main() {}
