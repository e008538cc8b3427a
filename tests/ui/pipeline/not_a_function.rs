//! A `pipeline!` that starts with something else.

use pipe_core::prelude::*;

pipeline! {
    delays(flights: LazyFrame) -> LazyFrame {
        flights
    }
}

fn main() {}
