//! A join of one input.

use pipe_core::prelude::*;

#[step(joins(orders, on(customer_id)))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
