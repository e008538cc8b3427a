//! A text compared with: a bare string is a column.

use pipe_core::prelude::*;

#[step(reads(carrier: String))]
fn american(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("carrier").eq("AA"))
}

fn main() {}
