//! Helpers in the library of a package, for `tests/tracking.rs`.

use pipe_core::prelude::*;

/// Twice as much.
#[tracked]
pub fn doubled(value: Expr) -> Expr {
    value * lit(2)
}
