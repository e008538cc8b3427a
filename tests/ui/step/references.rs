//! Steps take their arguments by value (3 mistakes).

use pipe_core::prelude::*;

#[step(reads(carrier: String))]
fn of(flights: LazyFrame, carrier: &str, others: &[String]) -> LazyFrame {
    let _ = others;
    flights.filter(col("carrier").eq(lit(carrier)))
}

#[step]
fn newest(flights: &LazyFrame) -> LazyFrame {
    flights.clone().reverse()
}

fn main() {}
