//! Two open inputs, and nobody knows whose columns go on.

use pipe_core::prelude::*;

#[step]
fn both(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    let _ = customers;
    orders
}

fn main() {}
