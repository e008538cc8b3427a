//! An option that a union does not have.

use pipe_core::prelude::*;

#[step(unions(a, b, hoe = diagonal))]
fn both(a: LazyFrame, b: LazyFrame) -> PolarsResult<LazyFrame> {
    concat([a, b], UnionArgs::default())
}


fn main() {}
