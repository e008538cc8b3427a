//! Types that no column can have, each at its own place (4 mistakes).

use pipe_core::prelude::*;

use std::collections::HashMap;

#[derive(Schema)]
struct Flight {
    carrier: &'static str,
    gate: char,
    counts: HashMap<String, u64>,
    seats: usize,
    distance: i64,
}

fn main() {}
