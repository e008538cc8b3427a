//! A kind of union that does not exist.

use pipe_core::prelude::*;

#[step(unions(a, b, how = horizontal))]
fn both(a: LazyFrame, b: LazyFrame) -> PolarsResult<LazyFrame> {
    concat([a, b], UnionArgs::default())
}


fn main() {}
