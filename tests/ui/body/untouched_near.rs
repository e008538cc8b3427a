//! A column that the body makes under nearly the same name, for itself.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), adds(delayed: bool))]
fn late(flights: LazyFrame) -> LazyFrame {
    flights
        .with_column(col("dep_delay").gt(lit(15)).alias("delayd"))
        .filter(col("delayd"))
        .drop(cols(["delayd"]))
}

fn main() {}
