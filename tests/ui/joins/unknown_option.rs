//! An option that a join does not have.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(customer_id), sufix = "_x"))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
