//! A condition without a name.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(rule(col("id").gt(lit(0))))]
struct Flight {
    id: i64,
}

fn main() {}
