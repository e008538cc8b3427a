//! The left side has no column of the name of the key.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Order {
    id: i64,
    costumer_id: i64,
    name: String,
    net: f64,
}

#[derive(Schema)]
struct Customer {
    customer_id: i64,
    name: String,
    city: Option<String>,
}

#[step(joins(orders, customers, on(customer_id), how = left))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.join(customers, [col("customer_id")], [col("customer_id")], JoinArgs::new(JoinType::Left))
}

pipeline! {
    fn bills(orders: Frame<Order>, customers: Frame<Customer>) -> LazyFrame {
        let joined = add_customer(orders, customers);
        joined
    }
}

fn main() {}
