//! The columns of an input pass that the step does not have.

use pipe_core::prelude::*;

#[step(passes(order))]
fn known(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    let _ = customers;
    orders
}

fn main() {}
