//! The same columns in another order: Polars would refuse them.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Old {
    id: i64,
    amount: i64,
    note: String,
}

#[derive(Schema)]
struct New {
    amount: i64,
    id: i64,
    note: String,
}

#[step(unions(a, b))]
fn both(a: LazyFrame, b: LazyFrame) -> PolarsResult<LazyFrame> {
    concat([a, b], UnionArgs::default())
}

pipeline! {
    fn bills(old: Frame<Old>, new: Frame<New>) -> LazyFrame {
        let both = both(old, new);
        both
    }
}

fn main() {}
