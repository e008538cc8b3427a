//! A column that a helper makes: the error says how to let it pass.

use pipe_core::prelude::*;

#[tracked]
fn with_shares(flights: LazyFrame) -> LazyFrame {
    flights.with_column(lit(0.5).alias("share"))
}

#[step(reads(dep_delay: Option<i64>))]
fn rate(flights: LazyFrame) -> LazyFrame {
    with_shares(flights)
        .filter(col("share").gt(lit(0.1)).and(col("dep_delay").gt(lit(0))))
        .drop(cols(["share"]))
}

fn main() {}
