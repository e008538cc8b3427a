//! A list of keys on one side, one column on the other.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(keys => customer_id)))]
fn add_customer(orders: LazyFrame, customers: LazyFrame, keys: ColumnNames) -> LazyFrame {
    let _ = keys;
    orders.cross_join(customers, None)
}


fn main() {}
