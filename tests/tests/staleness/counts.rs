//! The pipeline after edits that count. Each module is the program as it would be after one: what it
//! does not define is as it was.

/// Another body of a step.
pub(crate) mod code {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(reads(price: f64, qty: i64), adds(total: f64))]
    fn total(orders: LazyFrame, factor: f64) -> LazyFrame {
        orders.with_column((col("price") * col("qty") * lit(2.0 * factor)).alias("total"))
    }

    the_pipeline!();
}

/// Another body with the same result.
pub(crate) mod code_with_equal_result {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(reads(price: f64, qty: i64), adds(total: f64))]
    fn total(orders: LazyFrame, factor: f64) -> LazyFrame {
        orders.with_column((col("qty") * col("price") * lit(factor)).alias("total"))
    }

    the_pipeline!();
}

/// Variables and closure arguments of a body under other names.
pub(crate) mod local_variable {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(non_null(price))]
    fn clean(orders: LazyFrame) -> LazyFrame {
        let rows = orders;
        rows.drop_nulls(Some(by_name(["price"], true, false)))
    }

    the_pipeline!();
}

/// The frame is called otherwise.
pub(crate) mod signature {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(non_null(price))]
    fn clean(rows: LazyFrame) -> LazyFrame {
        rows.drop_nulls(Some(by_name(["price"], true, false)))
    }

    the_pipeline!();
}

/// Another result type.
pub(crate) mod result_type {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(reads(total: f64))]
    #[allow(clippy::unnecessary_wraps, reason = "the result type is the change")]
    fn large(orders: LazyFrame, above: f64) -> PolarsResult<LazyFrame> {
        Ok(orders.filter(col("total").gt(lit(SMALL + above))))
    }

    the_pipeline!();
}

/// A clause promises less of the result.
pub(crate) mod clause {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(reads(price: f64), adds(gross: Option<f64>), untracked(unwatched))]
    fn gross(orders: LazyFrame) -> LazyFrame {
        orders.with_column(unwatched(taxed(col("price"))).alias("gross"))
    }

    the_pipeline!();
}

/// The version is counted up.
pub(crate) mod version {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(reads(total: f64), version = 2)]
    fn large(orders: LazyFrame, above: f64) -> LazyFrame {
        orders.filter(col("total").gt(lit(SMALL + above)))
    }

    the_pipeline!();
}

/// Another body of a helper.
pub(crate) mod helper {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[tracked]
    fn taxed(value: Expr) -> Expr {
        tax(value.clone()) + value
    }

    #[step(reads(price: f64), adds(gross: f64), untracked(unwatched))]
    fn gross(orders: LazyFrame) -> LazyFrame {
        orders.with_column(unwatched(taxed(col("price"))).alias("gross"))
    }

    the_pipeline!();
}

/// Another body of the helper's helper.
pub(crate) mod helper_of_a_helper {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[tracked]
    fn tax(value: Expr) -> Expr {
        value * lit(RATE) * lit(2.0)
    }

    #[tracked]
    fn taxed(value: Expr) -> Expr {
        value.clone() + tax(value)
    }

    #[step(reads(price: f64), adds(gross: f64), untracked(unwatched))]
    fn gross(orders: LazyFrame) -> LazyFrame {
        orders.with_column(unwatched(taxed(col("price"))).alias("gross"))
    }

    the_pipeline!();
}

/// Another value of a constant that a step reads.
pub(crate) mod constant {
    use crate::original::*;
    use pipe_core::prelude::*;

    const SMALL: f64 = 12.0;

    #[step(reads(total: f64))]
    fn large(orders: LazyFrame, above: f64) -> LazyFrame {
        orders.filter(col("total").gt(lit(SMALL + above)))
    }

    the_pipeline!();
}

/// Another value of a constant that the helper of a helper reads.
pub(crate) mod constant_of_a_helper {
    use crate::original::*;
    use pipe_core::prelude::*;

    const RATE: f64 = 0.25;

    #[tracked]
    fn tax(value: Expr) -> Expr {
        value * lit(RATE)
    }

    #[tracked]
    fn taxed(value: Expr) -> Expr {
        value.clone() + tax(value)
    }

    #[step(reads(price: f64), adds(gross: f64), untracked(unwatched))]
    fn gross(orders: LazyFrame) -> LazyFrame {
        orders.with_column(unwatched(taxed(col("price"))).alias("gross"))
    }

    the_pipeline!();
}

/// The input's schema has one more of the file's columns.
pub(crate) mod contract_of_the_input {
    use crate::original::{Region, by_region, clean, gross, large, the_pipeline, total};
    use pipe_core::prelude::*;

    #[derive(Schema)]
    pub(crate) struct Order {
        pub region: String,
        pub price: Option<f64>,
        pub qty: i64,
        pub note: Option<String>,
    }

    the_pipeline!();
}

/// A column of the declared result may be null.
pub(crate) mod contract_of_a_result {
    use crate::original::{Order, clean, gross, large, the_pipeline, total};
    use pipe_core::prelude::*;

    #[derive(Schema)]
    pub(crate) struct Region {
        pub region: String,
        #[column(min = 0.0)]
        pub total: Option<f64>,
    }

    #[step(reads(region: String, total: f64), returns(Region))]
    fn by_region(orders: LazyFrame) -> LazyFrame {
        orders
            .group_by_stable([col("region")])
            .agg([col("total").sum()])
    }

    the_pipeline!();
}

/// Another limit in a rule.
pub(crate) mod rule {
    use crate::original::{Order, clean, gross, large, the_pipeline, total};
    use pipe_core::prelude::*;

    #[derive(Schema)]
    pub(crate) struct Region {
        pub region: String,
        #[column(min = 1.0)]
        pub total: f64,
    }

    #[step(reads(region: String, total: f64), returns(Region))]
    fn by_region(orders: LazyFrame) -> LazyFrame {
        orders
            .group_by_stable([col("region")])
            .agg([col("total").sum()])
    }

    the_pipeline!();
}

/// Rows that break the rule are let pass.
pub(crate) mod policy {
    use crate::original::*;
    use pipe_core::prelude::*;

    pipeline! {
        pub(crate) fn orders(
            orders: Frame<Order>,
            factor: f64,
            above: f64,
        ) -> (LazyFrame, Frame<Region>, LazyFrame) {
            let clean = clean(orders);
            let total = total(clean, factor);
            let large = large(total, above);
            #[invalid(warn)]
            let regions = by_region(total);
            let gross = gross(clean);
            (large, regions, gross)
        }
    }
}

/// The step `clean` is gone; one with the same body took its place.
pub(crate) mod other_step {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(non_null(price))]
    fn priced(orders: LazyFrame) -> LazyFrame {
        orders.drop_nulls(Some(by_name(["price"], true, false)))
    }

    pipeline! {
        pub(crate) fn orders(
            orders: Frame<Order>,
            factor: f64,
            above: f64,
        ) -> (LazyFrame, Frame<Region>, LazyFrame) {
            let clean = priced(orders);
            let total = total(clean, factor);
            let large = large(total, above);
            let regions = by_region(total);
            let gross = gross(clean);
            (large, regions, gross)
        }
    }
}

/// A new node, whose result is what it is given.
pub(crate) mod new_node {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(reads(total: f64))]
    fn checked(orders: LazyFrame) -> LazyFrame {
        orders.filter(col("total").gt(lit(-1.0)))
    }

    pipeline! {
        pub(crate) fn orders(
            orders: Frame<Order>,
            factor: f64,
            above: f64,
        ) -> (LazyFrame, Frame<Region>, LazyFrame) {
            let clean = clean(orders);
            let total = total(clean, factor);
            let checked = checked(total);
            let large = large(checked, above);
            let regions = by_region(checked);
            let gross = gross(clean);
            (large, regions, gross)
        }
    }
}

/// A new node that takes rows away.
pub(crate) mod new_filter {
    use crate::original::*;
    use pipe_core::prelude::*;

    #[step(reads(region: String))]
    fn southern(orders: LazyFrame) -> LazyFrame {
        orders.filter(col("region").eq(lit("south")))
    }

    pipeline! {
        pub(crate) fn orders(
            orders: Frame<Order>,
            factor: f64,
            above: f64,
        ) -> (LazyFrame, Frame<Region>, LazyFrame) {
            let clean = clean(orders);
            let total = total(clean, factor);
            let southern = southern(total);
            let large = large(southern, above);
            let regions = by_region(total);
            let gross = gross(clean);
            (large, regions, gross)
        }
    }
}

/// The result of the last step is called otherwise.
pub(crate) mod output_under_another_name {
    use crate::original::*;
    use pipe_core::prelude::*;

    pipeline! {
        pub(crate) fn orders(
            orders: Frame<Order>,
            factor: f64,
            above: f64,
        ) -> (LazyFrame, Frame<Region>, LazyFrame) {
            let clean = clean(orders);
            let total = total(clean, factor);
            let large = large(total, above);
            let regions = by_region(total);
            let with_tax = gross(clean);
            (large, regions, with_tax)
        }
    }
}

/// The pipeline is called otherwise.
pub(crate) mod pipeline_under_another_name {
    use crate::original::*;
    use pipe_core::prelude::*;

    pipeline! {
        pub(crate) fn sales(
            orders: Frame<Order>,
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
