//! A list that nobody takes.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Order {
    id: i64,
    note: String,
    net: f64,
    tax: Option<f64>,
    total: f64,
}

#[step]
fn first(df: LazyFrame) -> LazyFrame {
    df.limit(1)
}

pipeline! {
    fn bills(orders: Frame<Order>) -> LazyFrame {
        let sum = first(orders, ["net"]);
        sum
    }
}

fn main() {}
