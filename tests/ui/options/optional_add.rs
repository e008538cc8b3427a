//! Only a read can be optional.

use pipe_core::prelude::*;

#[step(adds(total?: f64))]
fn sum(orders: LazyFrame) -> LazyFrame {
    orders.with_column(lit(1.0).alias("total"))
}

fn main() {}
