//! A join without keys.

use pipe_core::prelude::*;

#[step(joins(orders, customers, how = left))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
