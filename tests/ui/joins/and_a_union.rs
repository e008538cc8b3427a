//! A step joins or unites.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(customer_id)), unions(orders, customers))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
