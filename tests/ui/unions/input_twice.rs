//! One input united with itself.

use pipe_core::prelude::*;

#[step(unions(a, a))]
fn both(a: LazyFrame, b: LazyFrame) -> PolarsResult<LazyFrame> {
    concat([a, b], UnionArgs::default())
}


fn main() {}
