//! The column is named by an argument of the call.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(source: numeric), adds(output: f64))]
fn scale(df: LazyFrame, source: ColumnName, output: ColumnName, factor: f64) -> LazyFrame {
    df.with_column((source.col() * lit(factor)).alias(output.as_str()))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let scaled = scale(flights, "distanc", "km", 1.609);
        scaled
    }
}

fn main() {}
