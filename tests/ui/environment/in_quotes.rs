//! An environment in quotes.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    dep_delay: i64,
}

#[step(reads(dep_delay: i64))]
fn late(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_delay").gt(lit(15)))
}

pipeline! {
    #[environment("polars")]
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let late = late(flights);
        late
    }
}

fn main() {}
