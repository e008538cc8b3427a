//! A first pipeline: drop incomplete rows, add two features, keep the large values.
//!
//! ```text
//! cargo run -p pipe-examples --bin quickstart -- run
//! cargo run -p pipe-examples --bin quickstart -- run --threshold 50
//! cargo run -p pipe-examples --bin quickstart -- show large
//! ```

use pipe_core::prelude::*;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/quickstart.csv");

/// What the pipeline reads. `Option` says where a column may hold nulls.
#[derive(Schema)]
struct Measurement {
    id: i64,
    category: Option<String>,
    value: Option<i64>,
    status: String,
}

/// What the pipeline returns.
#[derive(Schema)]
struct Features {
    id: i64,
    category: String,
    value: i64,
    status: String,
    feature1: i64,
    feature2: i64,
}

/// Drops every row that holds a null: no column has any afterwards.
#[step(non_null(*))]
fn drop_nulls(rows: LazyFrame) -> LazyFrame {
    rows.drop_nulls(None)
}

/// Adds column `output`: `multiplier` times column `source`.
#[step(reads(source: i64), adds(output: i64))]
fn add_feature(
    rows: LazyFrame,
    source: ColumnName,
    output: ColumnName,
    multiplier: i64,
) -> LazyFrame {
    rows.with_column((source.col() * lit(multiplier)).alias(output.as_str()))
}

/// Keeps the rows whose `column` is greater than `threshold`.
#[step(reads(column: i64))]
fn keep_above(rows: LazyFrame, column: ColumnName, threshold: i64) -> LazyFrame {
    rows.filter(column.col().gt(lit(threshold)))
}

pipeline! {
    /// Two features of every complete measurement, where the first one is large.
    fn quickstart(
        /// The measurements.
        measurements: Frame<Measurement> = Csv::new(DATA),
        /// Rows are kept if `feature1` is greater.
        threshold: i64 = 10,
    ) -> Frame<Features> {
        let clean = drop_nulls(measurements);
        let tripled = add_feature(clean, "value", "feature1", multiplier = 3);
        let featured = add_feature(tripled, "value", "feature2", multiplier = 7);
        let large = keep_above(featured, "feature1", threshold);
        large
    }
}

fn main() -> std::process::ExitCode {
    QuickstartPipeline::main()
}
