//! A step argument that cannot be part of a key.

use pipe_core::prelude::*;

#[derive(Clone)]
enum Order {
    Newest,
    Oldest,
}

#[step(reads(at: i64))]
fn sorted(events: LazyFrame, order: Order) -> LazyFrame {
    let descending = matches!(order, Order::Newest);
    events.sort(["at"], SortMultipleOptions::default().with_order_descending(descending))
}

fn main() {}
