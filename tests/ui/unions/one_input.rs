//! A union of one input.

use pipe_core::prelude::*;

#[step(unions(a))]
fn both(a: LazyFrame, b: LazyFrame) -> PolarsResult<LazyFrame> {
    concat([a, b], UnionArgs::default())
}


fn main() {}
