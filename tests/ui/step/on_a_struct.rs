//! `#[step]` on a struct.

use pipe_core::prelude::*;

#[step]
struct Newest;

fn main() {}
