//! A type that no column can have (2 mistakes).

use pipe_core::prelude::*;

#[step(reads(carrier: &'static str), adds(code: char))]
fn code(flights: LazyFrame) -> LazyFrame {
    flights.with_column(col("carrier").alias("code"))
}

fn main() {}
