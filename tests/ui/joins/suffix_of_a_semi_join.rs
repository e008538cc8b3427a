//! A semi join has no columns that a suffix could be for.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(customer_id), how = semi, suffix = "_customer"))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
