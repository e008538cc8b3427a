//! A condition with a column that the schema does not have.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(rule(lands_after_start = col("arr_time").gt_eq(col("dep_tim"))))]
struct Flight {
    dep_time: i64,
    arr_time: i64,
}

fn main() {}
