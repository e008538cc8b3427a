//! Clauses about each column of a list (4 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
struct Order {
    id: i64,
    note: String,
    net: f64,
    tax: Option<f64>,
    total: f64,
}

#[step(replaces(changed: f64), drops(gone), non_null(full), adds(new: like(id)))]
fn reshape(
    df: LazyFrame,
    changed: ColumnNames,
    gone: ColumnNames,
    full: ColumnNames,
    new: ColumnNames,
) -> LazyFrame {
    let _ = new;
    df.with_column(changed.cols().as_expr().cast(DataType::Float64))
        .drop(cols(gone))
        .drop_nulls(Some(by_name(&full, true, false)))
}

pipeline! {
    fn bills(orders: Frame<Order>) -> LazyFrame {
        let sum = reshape(orders, ["net", "gross"], ["note", "notes"], ["tax", "taxes"], ["a", "total"]);
        sum
    }
}

fn main() {}
