//! A left join may find no partner: what it adds may be null.

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

#[step(joins(orders, customers, on(customer_id), how = left))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.join(customers, [col("customer_id")], [col("customer_id")], JoinArgs::new(JoinType::Left))
}

#[step(reads(name_right: String, name: String))]
fn letter(bills: LazyFrame) -> LazyFrame {
    bills.sort(["name_right", "name"], SortMultipleOptions::new())
}

pipeline! {
    fn bills(orders: Frame<Order>, customers: Frame<Customer>) -> LazyFrame {
        let joined = add_customer(orders, customers);
        let letters = letter(joined);
        letters
    }
}

fn main() {}
