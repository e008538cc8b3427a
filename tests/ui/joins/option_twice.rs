//! An option given twice.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(customer_id), how = left, how = right))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
