//! A suffix without quotes.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(customer_id), suffix = _customer))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
