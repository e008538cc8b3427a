//! A list where a value of another type is wanted.

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
fn scale(df: LazyFrame, by: f64) -> LazyFrame {
    df.with_column(col("*") * lit(by))
}

pipeline! {
    fn bills(orders: Frame<Order>) -> LazyFrame {
        let sum = scale(orders, ["net"]);
        sum
    }
}

fn main() {}
