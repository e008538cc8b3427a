//! Two rules of one name.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(rule(small = col("a").lt(lit(5))))]
#[schema(rule(small = col("a").gt(lit(-5))))]
struct Flight {
    a: i64,
}

fn main() {}
