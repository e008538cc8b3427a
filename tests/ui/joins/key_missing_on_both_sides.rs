//! Neither side has the key.

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

#[step(joins(orders, customers, on(customer)))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.inner_join(customers, col("customer"), col("customer"))
}

pipeline! {
    fn bills(orders: Frame<Order>, customers: Frame<Customer>) -> LazyFrame {
        let joined = add_customer(orders, customers);
        joined
    }
}

fn main() {}
