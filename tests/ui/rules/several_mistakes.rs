//! Independent mistakes in the rules of one schema (5 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(primary_key(id), rule(known = col("dist").is_not_null()))]
struct Flight {
    id: Option<i64>,
    #[column(min = "none", len = 3)]
    distance: i64,
    #[column(pattern = "(")]
    tailnum: String,
}

fn main() {}
