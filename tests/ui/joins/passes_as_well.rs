//! A join says whose columns pass through.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(customer_id)), passes(orders))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
