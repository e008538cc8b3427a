//! A factor of a retry that is larger than any number.

use pipe_core::prelude::*;

#[step(retry(attempts = 2, factor = 1e400))]
fn load(orders: LazyFrame) -> LazyFrame {
    orders
}

fn main() {}
