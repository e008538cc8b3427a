//! A step reads a static that can change while the program runs.

use std::sync::atomic::{AtomicI64, Ordering};

use pipe_core::prelude::*;

static LIMIT: AtomicI64 = AtomicI64::new(3);

#[step(reads(qty: i64))]
fn large(orders: LazyFrame) -> LazyFrame {
    orders.filter(col("qty").gt(lit(LIMIT.load(Ordering::Relaxed))))
}

fn main() {}
