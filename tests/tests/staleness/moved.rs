//! Steps, helpers and constants in another file, and in modules of it.

pub(crate) mod tables {
    pub(crate) mod steps {
        use super::super::numbers::taxed;
        use crate::original::unwatched;
        use pipe_core::prelude::*;

        #[step(reads(price: f64), adds(gross: f64), untracked(unwatched))]
        pub(crate) fn gross(orders: LazyFrame) -> LazyFrame {
            orders.with_column(unwatched(taxed(col("price"))).alias("gross"))
        }

        #[step(non_null(price))]
        pub(crate) fn clean(orders: LazyFrame) -> LazyFrame {
            orders.drop_nulls(Some(by_name(["price"], true, false)))
        }
    }
}

mod numbers {
    use pipe_core::prelude::*;

    const RATE: f64 = 0.5;

    #[tracked]
    fn tax(value: Expr) -> Expr {
        value * lit(RATE)
    }

    #[tracked]
    pub(super) fn taxed(value: Expr) -> Expr {
        value.clone() + tax(value)
    }
}

use crate::original::{Order, Region, by_region, large, the_pipeline, total};
use pipe_core::prelude::*;
use tables::steps::{clean, gross};

the_pipeline!();
