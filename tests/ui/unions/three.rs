//! The third of three inputs differs.

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
    amount: i64,
    note: String,
}

#[step(unions(a, b, c))]
fn both(a: LazyFrame, b: LazyFrame, c: LazyFrame) -> PolarsResult<LazyFrame> {
    concat([a, b, c], UnionArgs::default())
}

#[step(renames(note => comment))]
fn renamed(all: LazyFrame) -> LazyFrame {
    all.rename(["note"], ["comment"], true)
}

pipeline! {
    fn bills(old: Frame<Old>, new: Frame<New>) -> LazyFrame {
        let renamed = renamed(new);
        let both = both(old, new, renamed);
        both
    }
}

fn main() {}
