//! An input that is not there.

use pipe_core::prelude::*;

#[step(unions(a, bb))]
fn both(a: LazyFrame, b: LazyFrame) -> PolarsResult<LazyFrame> {
    concat([a, b], UnionArgs::default())
}


fn main() {}
