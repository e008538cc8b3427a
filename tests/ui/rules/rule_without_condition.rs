//! A rule without a condition.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(rule(positive))]
struct Flight {
    id: i64,
}

fn main() {}
