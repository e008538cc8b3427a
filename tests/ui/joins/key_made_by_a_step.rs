//! The key has another type since a step replaced it; the result is used all the same, without more errors.

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

#[step(replaces(customer_id: String))]
fn as_text(orders: LazyFrame) -> LazyFrame {
    orders.with_column(col("customer_id").cast(DataType::String))
}

#[step(joins(orders, customers, on(customer_id), how = left))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.join(customers, [col("customer_id")], [col("customer_id")], JoinArgs::new(JoinType::Left))
}

#[step(reads(customer_id: i64, city: Option<String>), drops(city))]
fn without_city(bills: LazyFrame) -> LazyFrame {
    bills.filter(col("customer_id").gt(lit(0))).drop(cols(["city"]))
}

pipeline! {
    fn bills(orders: Frame<Order>, customers: Frame<Customer>) -> LazyFrame {
        let text = as_text(orders);
        let joined = add_customer(text, customers);
        let cities = without_city(joined);
        cities
    }
}

fn main() {}
