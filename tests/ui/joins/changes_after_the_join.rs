//! Clauses beside the join are about its result: one column is there already, one is not there.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Order {
    id: i64,
    customer_id: i64,
    name: String,
    net: f64,
}

#[derive(Schema)]
struct Customer {
    customer_id: i64,
    name: String,
    city: Option<String>,
}

#[step(joins(orders, customers, on(customer_id), how = left), adds(city: String), drops(address))]
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
