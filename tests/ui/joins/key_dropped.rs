//! A step before the join drops the key.

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

#[step(drops(customer_id))]
fn anonymous(orders: LazyFrame) -> LazyFrame {
    orders.drop(cols(["customer_id"]))
}

#[step(joins(orders, customers, on(customer_id), how = left))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.join(customers, [col("customer_id")], [col("customer_id")], JoinArgs::new(JoinType::Left))
}

pipeline! {
    fn bills(orders: Frame<Order>, customers: Frame<Customer>) -> LazyFrame {
        let anonymous = anonymous(orders);
        let joined = add_customer(anonymous, customers);
        joined
    }
}

fn main() {}
