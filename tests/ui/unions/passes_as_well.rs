//! A union says whose columns pass through.

use pipe_core::prelude::*;

#[step(unions(a, b), passes(a))]
fn both(a: LazyFrame, b: LazyFrame) -> PolarsResult<LazyFrame> {
    concat([a, b], UnionArgs::default())
}


fn main() {}
