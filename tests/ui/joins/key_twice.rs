//! A column is a key twice.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(customer_id, customer_id => id)))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
