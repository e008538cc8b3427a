//! A misspelled kind of join.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(customer_id), how = lefft))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
