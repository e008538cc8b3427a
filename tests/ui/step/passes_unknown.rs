//! The columns of an input pass that the step does not have.

use pipe_core::prelude::*;

#[step(passes(order))]
fn known(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.cross_join(customers, None)
}

fn main() {}
