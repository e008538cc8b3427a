//! An optional column need not be there, but if it is, it has this type.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Order {
    id: i64,
    note: String,
    net: f64,
    tax: Option<f64>,
    total: f64,
}

#[step(reads(discount?: f64, note?: f64, tax?: f64), adds(paid: f64))]
fn pay(orders: LazyFrame) -> LazyFrame {
    let paid = col("discount") + col("note") + col("tax");
    orders.with_column(paid.alias("paid"))
}

pipeline! {
    fn bills(orders: Frame<Order>) -> LazyFrame {
        let paid = pay(orders);
        paid
    }
}

fn main() {}
