//! A row index that the contract does not mention.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>))]
fn numbered(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_delay").is_not_null()).with_row_index("row", None)
}

fn main() {}
