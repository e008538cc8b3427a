//! Bounds that are larger than any number (2 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
pub struct Order {
    #[column(min = -1e400)]
    pub price: f64,
    #[column(one_of(0.0, 1e400))]
    pub rate: f64,
}

fn main() {}
