//! The type of a column of one input: an unknown input, and a column that it does not have (2 mistakes).

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

#[step(passes(orders), adds(home: like(custmers.city)))]
fn unknown(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    let _ = customers;
    orders
}

#[step(passes(orders), adds(home: Option<like(customers.town)>))]
fn missing(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    let _ = customers;
    orders
}

pipeline! {
    fn bills(orders: Frame<Order>, customers: Frame<Customer>) -> LazyFrame {
        let joined = missing(orders, customers);
        joined
    }
}

fn main() {}
