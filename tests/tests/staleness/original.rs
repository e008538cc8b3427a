//! The pipeline as it was first written: two branches of one input.
//!
//! ```text
//! orders ─ clean ─┬─ total ─┬─ large
//!                 │         └─ regions
//!                 └─ gross
//! ```

use pipe_core::prelude::*;

#[derive(Schema)]
pub(crate) struct Order {
    pub region: String,
    pub price: Option<f64>,
    pub qty: i64,
}

#[derive(Schema)]
pub(crate) struct Region {
    pub region: String,
    #[column(min = 0.0)]
    pub total: f64,
}

pub(crate) const RATE: f64 = 0.5;
pub(crate) const SMALL: f64 = 10.0;

#[tracked]
pub(crate) fn tax(value: Expr) -> Expr {
    value * lit(RATE)
}

#[tracked]
pub(crate) fn taxed(value: Expr) -> Expr {
    value.clone() + tax(value)
}

pub(crate) fn unwatched(value: Expr) -> Expr {
    value
}

#[step(non_null(price))]
pub(crate) fn clean(orders: LazyFrame) -> LazyFrame {
    orders.drop_nulls(Some(by_name(["price"], true, false)))
}

#[step(reads(price: f64, qty: i64), adds(total: f64))]
pub(crate) fn total(orders: LazyFrame, factor: f64) -> LazyFrame {
    orders.with_column((col("price") * col("qty") * lit(factor)).alias("total"))
}

#[step(reads(total: f64))]
pub(crate) fn large(orders: LazyFrame, above: f64) -> LazyFrame {
    orders.filter(col("total").gt(lit(SMALL + above)))
}

#[step(reads(region: String, total: f64), returns(Region))]
pub(crate) fn by_region(orders: LazyFrame) -> LazyFrame {
    orders
        .group_by_stable([col("region")])
        .agg([col("total").sum()])
}

#[step(reads(price: f64), adds(gross: f64), untracked(unwatched))]
pub(crate) fn gross(orders: LazyFrame) -> LazyFrame {
    orders.with_column(unwatched(taxed(col("price"))).alias("gross"))
}

/// The pipeline over the steps that are in scope where this stands.
macro_rules! the_pipeline {
    () => {
        pipeline! {
            pub(crate) fn orders(
                orders: Frame<Order>,
                factor: f64 = 1.0,
                above: f64 = 0.0,
            ) -> (LazyFrame, Frame<Region>, LazyFrame) {
                let clean = clean(orders);
                let total = total(clean, factor);
                let large = large(total, above);
                let regions = by_region(total);
                let gross = gross(clean);
                (large, regions, gross)
            }
        }
    };
}
pub(crate) use the_pipeline;

the_pipeline!();
