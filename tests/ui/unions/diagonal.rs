//! By name only the types can differ; what one of the two lacks may be null (2 mistakes).

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

#[step(unions(a, b, how = diagonal))]
fn both(a: LazyFrame, b: LazyFrame) -> PolarsResult<LazyFrame> {
    concat_lf_diagonal([a, b], UnionArgs::default())
}

#[step(reads(amount: i64, note: String, id: i64))]
fn noted(all: LazyFrame) -> LazyFrame {
    all.sort(["note", "amount", "id"], SortMultipleOptions::new())
}

pipeline! {
    fn bills(old: Frame<Old>, new: Frame<New>) -> LazyFrame {
        let both = both(old, new);
        let noted = noted(both);
        noted
    }
}

fn main() {}
