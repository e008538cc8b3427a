//! A pipeline for tests that need it in other processes, too.

use std::io::{self, Read};

use pipe_core::prelude::*;

/// One order.
#[derive(Schema)]
pub struct Order {
    /// Where it went.
    pub region: String,
    /// The price of one.
    pub price: Option<f64>,
    /// How many.
    pub quantity: i64,
}

/// What a region brought in.
#[derive(Schema)]
pub struct Region {
    /// The region.
    pub region: String,
    /// The sum of all orders.
    pub total: f64,
}

/// With `HOLD` in the environment, says so and waits for the end of the standard input: the place
/// where tests stop a run.
fn hold() {
    if std::env::var_os("HOLD").is_some() {
        eprintln!("holding");
        let _ = io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink());
    }
}

#[step(non_null(price))]
fn priced(orders: LazyFrame) -> LazyFrame {
    orders.drop_nulls(Some(cols(["price"])))
}

#[step(reads(price: f64, quantity: i64), adds(total: f64), untracked(hold))]
fn rated(orders: LazyFrame, factor: f64) -> LazyFrame {
    hold();
    orders.with_column((col("price") * col("quantity") * lit(factor)).alias("total"))
}

#[step(reads(region: String, total: f64), returns(Region))]
fn by_region(orders: LazyFrame) -> LazyFrame {
    orders
        .group_by_stable([col("region")])
        .agg([col("total").sum()])
}

pipeline! {
    /// What regions bring in.
    pub fn orders(
        /// One row for each order.
        orders: Frame<Order>,
        /// What prices are multiplied by.
        factor: f64 = 1.0,
    ) -> Frame<Region> {
        let priced = priced(orders);
        let rated = rated(priced, factor);
        let regions = by_region(rated);
        regions
    }
}
