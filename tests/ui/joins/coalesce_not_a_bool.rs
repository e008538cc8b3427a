//! `coalesce` is on or off.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(customer_id), how = full, coalesce = yes))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}


fn main() {}
