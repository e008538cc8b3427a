//! Each wrong column is an error at its own string (3 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
struct Order {
    id: i64,
    note: String,
    net: f64,
    tax: Option<f64>,
    total: f64,
}

#[step(reads(parts: float), adds(total: f64))]
fn sum_of(df: LazyFrame, parts: ColumnNames, total: ColumnName) -> LazyFrame {
    let sum = parts.iter().map(col).fold(lit(0.0), |sum, part| sum + part);
    df.with_column(sum.alias(total.as_str()))
}

pipeline! {
    fn bills(orders: Frame<Order>) -> LazyFrame {
        let sum = sum_of(orders, ["net", "nett", "tax", "note"], "sum");
        sum
    }
}

fn main() {}
