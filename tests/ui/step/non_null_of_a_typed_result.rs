//! All columns of a schema without nulls.

use pipe_core::prelude::*;

#[derive(Schema)]
pub struct Order {
    pub price: f64,
}

#[step(non_null(*))]
fn clean(orders: Frame<Order>) -> Frame<Order> {
    orders
}

fn main() {}
