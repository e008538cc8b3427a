//! Frames that differ: each column that does, in one error.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Old {
    id: i64,
    amount: i64,
    note: String,
}

#[derive(Schema)]
struct New {
    id: i64,
    amount: f64,
    currency: String,
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
