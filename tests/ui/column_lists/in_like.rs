//! A type is like that of one column.

use pipe_core::prelude::*;

#[step(adds(total: like(parts)))]
fn tidy(df: LazyFrame, parts: ColumnNames) -> LazyFrame {
    let _ = parts;
    df
}

fn main() {}
