//! The type of a column that is not there and that nobody reads.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Order {
    id: i64,
    note: String,
    net: f64,
    tax: Option<f64>,
    total: f64,
}

#[step(adds(copy: like(nett)))]
fn copy(orders: LazyFrame) -> LazyFrame {
    orders.with_column(lit(1.0).alias("copy"))
}

#[step(reads(copy: f64))]
fn by_copy(orders: LazyFrame) -> LazyFrame {
    orders.sort(["copy"], SortMultipleOptions::new())
}

pipeline! {
    fn bills(orders: Frame<Order>) -> LazyFrame {
        let copied = copy(orders);
        let sorted = by_copy(copied);
        sorted
    }
}

fn main() {}
