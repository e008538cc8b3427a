//! The body of a join may name its keys and what gets the suffix, but nothing that is neither.

use pipe_core::prelude::*;

#[step(joins(orders, customers, on(customer_id), suffix = "_customer"))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders
        .inner_join(customers, col("customer_id"), col("custmer_id"))
        .sort(["name_customer"], SortMultipleOptions::new())
        .drop_nulls(Some(cols(["name_customer"])))
}


fn main() {}
