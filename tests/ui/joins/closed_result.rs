//! A schema says what comes out.

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

#[step(joins(orders, customers, on(customer_id)), returns(Order))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.semi_join(customers, col("customer_id"), col("customer_id"))
}


fn main() {}
