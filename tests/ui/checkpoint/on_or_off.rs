//! Above a pipeline it is no matter of on or off.

use pipe_core::prelude::*;

#[step(reads(dep_delay: i64))]
fn late(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_delay").gt(lit(15)))
}

pipeline! {
    #[checkpoint(false)]
    fn delays(flights: LazyFrame) -> LazyFrame {
        let late = late(flights);
        late
    }
}

fn main() {}
