//! A renaming is about one column.

use pipe_core::prelude::*;

#[step(renames(old => name))]
fn tidy(df: LazyFrame, old: ColumnNames) -> LazyFrame {
    let _ = old;
    df
}

fn main() {}
