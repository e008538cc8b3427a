//! A condition that is no expression.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(rule(positive = true))]
struct Flight {
    id: i64,
}

fn main() {}
