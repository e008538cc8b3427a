//! A step with a lifetime.

use pipe_core::prelude::*;

pub struct Model {
    pub mean: f64,
}

#[step(reads(price: f64))]
fn score<'a>(orders: LazyFrame, model: &'a Model) -> LazyFrame {
    orders.filter(col("price").gt(lit(model.mean)))
}

fn main() {}
