//! A cross join has no keys.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(customer_id), how = cross))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
