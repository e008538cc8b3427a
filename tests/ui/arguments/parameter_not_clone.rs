//! A step argument that cannot be cloned.

use pipe_core::prelude::*;

struct Limit(i64);

#[step(reads(at: i64))]
fn early(events: LazyFrame, limit: Limit) -> LazyFrame {
    events.filter(col("at").lt(lit(limit.0)))
}

fn main() {}
