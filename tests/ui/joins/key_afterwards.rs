//! The right side of a coalescing join loses its key, a semi join all that the right side has (2 mistakes).

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

#[step(joins(orders, customers, on(customer_id)))]
fn add_customer(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.inner_join(customers, col("customer_id"), col("customer_id"))
}
#[step(joins(orders, customers, on(customer_id), how = semi))]
fn known(orders: LazyFrame, customers: LazyFrame) -> LazyFrame {
    orders.semi_join(customers, col("customer_id"), col("customer_id"))
}

#[step(reads(customer_id_right: i64))]
fn right_key(bills: LazyFrame) -> LazyFrame {
    bills.sort(["customer_id_right"], SortMultipleOptions::new())
}

#[step(reads(city: Option<String>))]
fn by_city(bills: LazyFrame) -> LazyFrame {
    bills.sort(["city"], SortMultipleOptions::new())
}

pipeline! {
    fn bills(orders: Frame<Order>, customers: Frame<Customer>) -> (LazyFrame, LazyFrame) {
        let joined = add_customer(orders, customers);
        let keys = right_key(joined);
        let known = known(orders, customers);
        let cities = by_city(known);
        (keys, cities)
    }
}

fn main() {}
