//! A frame with many columns: not all of them are listed.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Wide {
    column_1: f64,
    column_2: f64,
    column_3: f64,
    column_4: f64,
    column_5: f64,
    column_6: f64,
    column_7: f64,
    column_8: f64,
    column_9: f64,
    column_10: f64,
    column_11: f64,
    column_12: f64,
    column_13: f64,
    column_14: f64,
    column_15: f64,
    column_16: f64,
    column_17: f64,
    column_18: f64,
    column_19: f64,
    column_20: f64,
    column_21: f64,
    column_22: f64,
    column_23: f64,
    column_24: f64,
}

#[step(reads(total: f64))]
fn keep(df: LazyFrame) -> LazyFrame {
    df.filter(col("total").gt(lit(0)))
}

pipeline! {
    fn totals(wide: Frame<Wide>) -> LazyFrame {
        let kept = keep(wide);
        kept
    }
}

fn main() {}
