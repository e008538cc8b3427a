//! Two open inputs, and a column of one of them.

use pipe_core::prelude::*;

#[step(passes(orders), reads(id: i64))]
fn known(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.join(customers, [col("id")], [col("id")], JoinArgs::new(JoinType::Semi))
}

fn main() {}
