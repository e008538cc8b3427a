//! A kind of join that does not exist, but nearly.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(customer_id), how = outer))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
