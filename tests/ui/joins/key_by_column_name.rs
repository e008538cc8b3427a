//! The key is named by an argument of the call: one is not there, one has another type (2 mistakes).

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

#[step(joins(orders, customers, on(key => customer_id)))]
fn add_customer(orders: LazyFrame, customers: LazyFrame, key: ColumnName) -> LazyFrame {
    orders.inner_join(customers, key.col(), col("customer_id"))
}

pipeline! {
    fn bills(orders: Frame<Order>, customers: Frame<Customer>) -> (LazyFrame, LazyFrame) {
        let missing = add_customer(orders, customers, "custmer_id");
        let joined = add_customer(orders, customers, key = "name");
        (missing, joined)
    }
}

fn main() {}
