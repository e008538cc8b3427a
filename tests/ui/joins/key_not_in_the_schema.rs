//! A typed side has no such column: a mistake of the step, once, at the word; not of its calls.

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

#[step(joins(orders, customers, on(customer_id => id)))]
fn add_customer(orders: LazyFrame, customers: Frame<Customer>) -> LazyFrame {
    orders.inner_join(customers.lazy(), col("customer_id"), col("id"))
}

pipeline! {
    fn bills(orders: Frame<Order>, customers: Frame<Customer>) -> LazyFrame {
        let joined = add_customer(orders, customers);
        joined
    }
}

fn main() {}
