//! Both sides are typed, and the key has two types.

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

#[step(joins(orders, customers, on(id => name)))]
fn add_customer(orders: Frame<Order>, customers: Frame<Customer>) -> LazyFrame {
    orders.lazy().inner_join(customers.lazy(), col("id"), col("name"))
}

pipeline! {
    fn bills(orders: Frame<Order>, customers: Frame<Customer>) -> LazyFrame {
        let joined = add_customer(orders, customers);
        joined
    }
}

fn main() {}
