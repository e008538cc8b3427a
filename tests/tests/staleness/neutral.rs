//! The pipeline after edits that count for nothing.

/// Comments and documentation.
pub(crate) mod comments {
    use crate::original::*;
    use pipe_core::prelude::*;

    /// Orders with a price.
    ///
    /// The others are of no use.
    #[step(non_null(price))]
    fn clean(orders: LazyFrame) -> LazyFrame {
        // Only the price is looked at.
        orders.drop_nulls(Some(by_name(
            ["price"], /* and no other column */
            true,
            false,
        )))
    }

    the_pipeline!();
}

/// Line breaks, spaces and what rustfmt adds and takes away.
#[rustfmt::skip]
pub(crate) mod formatting {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step( reads( price:f64, qty:i64, ), adds(total: f64) )]
    fn total(
        orders: LazyFrame,
        factor: f64,
    ) -> LazyFrame
    {
        orders
            .with_column( (col("price")*col("qty")*lit(factor,)).alias("total",), )
    }

    #[tracked]
    fn tax(value: Expr) -> Expr { value*lit(RATE) }

    #[tracked]
    fn taxed(value: Expr) -> Expr { value.clone()+tax(value,) }

    #[step(reads(price: f64), adds(gross: f64), untracked(unwatched))]
    fn gross(orders: LazyFrame) -> LazyFrame {
        orders.with_column(unwatched(taxed(col("price"))).alias("gross"))
    }

    the_pipeline!();
}

/// Lints, visibility and inlining; derives of a schema.
pub(crate) mod attributes {
    use crate::original::{RATE, by_region, clean, large, the_pipeline, total, unwatched};
    use pipe_core::prelude::*;

    #[derive(Clone, Debug, PartialEq, Schema)]
    #[allow(dead_code, reason = "the attribute is the change")]
    pub(crate) struct Order {
        pub(super) region: String,
        price: Option<f64>,
        qty: i64,
    }

    #[derive(Debug, Schema)]
    #[allow(dead_code, reason = "the attribute is the change")]
    pub(crate) struct Region {
        region: String,
        #[column(min = 0.0)]
        total: f64,
    }

    #[tracked]
    #[allow(clippy::must_use_candidate, reason = "the attribute is the change")]
    pub(super) fn tax(value: Expr) -> Expr {
        value * lit(RATE)
    }

    #[tracked]
    #[allow(clippy::arithmetic_side_effects)]
    pub(crate) fn taxed(value: Expr) -> Expr {
        value.clone() + tax(value)
    }

    #[step(reads(price: f64), adds(gross: f64), untracked(unwatched))]
    #[allow(clippy::let_and_return)]
    fn gross(orders: LazyFrame) -> LazyFrame {
        orders.with_column(unwatched(taxed(col("price"))).alias("gross"))
    }

    the_pipeline!();
}

/// Items in another order, and items that nobody uses.
pub(crate) mod order_of_items {
    use pipe_core::prelude::*;

    the_pipeline!();

    #[step(reads(price: f64), adds(gross: f64), untracked(unwatched))]
    fn gross(orders: LazyFrame) -> LazyFrame {
        orders.with_column(unwatched(taxed(col("price"))).alias("gross"))
    }

    #[tracked]
    fn taxed(value: Expr) -> Expr {
        value.clone() + tax(value)
    }

    #[tracked]
    fn tax(value: Expr) -> Expr {
        value * lit(RATE)
    }

    #[tracked]
    #[allow(dead_code, reason = "the attribute is the change")]
    fn discount(value: Expr) -> Expr {
        value * lit(REBATE)
    }

    #[allow(dead_code, reason = "the attribute is the change")]
    const REBATE: f64 = 0.9;
    const RATE: f64 = 0.5;

    use crate::original::{Order, Region, by_region, clean, large, the_pipeline, total, unwatched};
}

/// A clause that says nothing of the result.
pub(crate) mod clause {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(reads(total: numeric))]
    fn large(orders: LazyFrame, above: f64) -> LazyFrame {
        orders.filter(col("total").gt(lit(SMALL + above)))
    }

    the_pipeline!();
}

/// How often a step is tried.
pub(crate) mod retry {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(non_null(price), retry(attempts = 3, base = "1ms"))]
    fn clean(orders: LazyFrame) -> LazyFrame {
        orders.drop_nulls(Some(by_name(["price"], true, false)))
    }

    pipeline! {
        pub(crate) fn orders(
            orders: Frame<Order>,
            factor: f64,
            above: f64,
        ) -> (LazyFrame, Frame<Region>, LazyFrame) {
            let clean = clean(orders);
            #[retry(attempts = 2)]
            let total = total(clean, factor);
            let large = large(total, above);
            let regions = by_region(total);
            let gross = gross(clean);
            (large, regions, gross)
        }
    }
}

/// How long a step may take, what it takes of resources, where it runs.
pub(crate) mod limits {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(
        non_null(price),
        timeout = "30s",
        resources(db = 1),
        process,
        retry(attempts = 2, jitter = 0.5)
    )]
    fn clean(orders: LazyFrame) -> LazyFrame {
        orders.drop_nulls(Some(by_name(["price"], true, false)))
    }

    pipeline! {
        pub(crate) fn orders(
            orders: Frame<Order>,
            factor: f64,
            above: f64,
        ) -> (LazyFrame, Frame<Region>, LazyFrame) {
            let clean = clean(orders);
            #[timeout("1m")]
            let total = total(clean, factor);
            let large = large(total, above);
            let regions = by_region(total);
            let gross = gross(clean);
            (large, regions, gross)
        }
    }
}

/// Bindings in another order, arguments by name, parameters in another order and with other defaults.
pub(crate) mod order_of_bindings {
    use crate::original::*;
    use pipe_core::prelude::*;

    pipeline! {
        /// The same.
        pub(crate) fn orders(
            above: f64 = 7.0,
            orders: Frame<Order>,
            factor: f64 = 9.0,
        ) -> (LazyFrame, Frame<Region>, LazyFrame) {
            let clean = clean(orders);
            let gross = gross(clean);
            let total = total(factor = factor, orders = clean);
            let regions = by_region(total);
            let large = large(total, above);
            (large, regions, gross)
        }
    }
}

/// A binding, an input and a parameter of the pipeline under other names.
pub(crate) mod names {
    use crate::original::*;
    use pipe_core::prelude::*;

    pipeline! {
        pub(crate) fn orders(
            rows: Frame<Order>,
            scale: f64,
            above: f64,
        ) -> (LazyFrame, Frame<Region>, LazyFrame) {
            let priced = clean(rows);
            let totals = total(priced, scale);
            let large = large(totals, above);
            let regions = by_region(totals);
            let gross = gross(priced);
            (large, regions, gross)
        }
    }
}

/// A schema under another name.
pub(crate) mod name_of_a_schema {
    use crate::original::{Region, by_region, clean, gross, large, total};
    use pipe_core::prelude::*;

    #[derive(Schema)]
    pub(crate) struct Sale {
        pub region: String,
        pub price: Option<f64>,
        pub qty: i64,
    }

    pipeline! {
        pub(crate) fn orders(
            orders: Frame<Sale>,
            factor: f64,
            above: f64,
        ) -> (LazyFrame, Frame<Region>, LazyFrame) {
            let clean = clean(orders);
            let total = total(clean, factor);
            let large = large(total, above);
            let regions = by_region(total);
            let gross = gross(clean);
            (large, regions, gross)
        }
    }
}

/// A node is not stored any more.
pub(crate) mod without_checkpoint {
    use crate::original::*;
    use pipe_core::prelude::*;

    pipeline! {
        pub(crate) fn orders(
            orders: Frame<Order>,
            factor: f64,
            above: f64,
        ) -> (LazyFrame, Frame<Region>, LazyFrame) {
            let clean = clean(orders);
            #[checkpoint(false)]
            let total = total(clean, factor);
            let large = large(total, above);
            let regions = by_region(total);
            let gross = gross(clean);
            (large, regions, gross)
        }
    }
}

/// A node more, which needs what is there.
pub(crate) mod one_more_output {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step]
    fn first(orders: LazyFrame) -> LazyFrame {
        orders.limit(1)
    }

    pipeline! {
        pub(crate) fn orders(
            orders: Frame<Order>,
            factor: f64,
            above: f64,
        ) -> (LazyFrame, Frame<Region>, LazyFrame, LazyFrame) {
            let clean = clean(orders);
            let total = total(clean, factor);
            let large = large(total, above);
            let regions = by_region(total);
            let gross = gross(clean);
            let first = first(large);
            (large, regions, gross, first)
        }
    }
}

/// The body of a function that a step calls as `untracked`.
pub(crate) mod untracked_helper {
    use crate::original::{Order, Region, by_region, clean, large, taxed, the_pipeline, total};
    use pipe_core::prelude::*;

    fn unwatched(value: Expr) -> Expr {
        value.clone() + value
    }

    #[step(reads(price: f64), adds(gross: f64), untracked(unwatched))]
    fn gross(orders: LazyFrame) -> LazyFrame {
        orders.with_column(unwatched(taxed(col("price"))).alias("gross"))
    }

    the_pipeline!();
}
