//! A clause about an input that the step does not have.

use pipe_core::prelude::*;

#[step(passes(orders), reads(order.id: i64, customers.id: i64))]
fn known(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.join(customers, [col("id")], [col("id")], JoinArgs::new(JoinType::Semi))
}

fn main() {}
