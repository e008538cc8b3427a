//! A bound where nothing is decided.

use pipe_core::prelude::*;

#[step(reads(dep_delay: i64))]
fn late(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_delay").gt(lit(15)))
}

pipeline! {
    #[checkpoint(none, max_recompute = "30s")]
    fn delays(flights: LazyFrame) -> LazyFrame {
        let late = late(flights);
        late
    }
}

fn main() {}
