//! A step with a mistake of its own: pipelines that call it add nothing to it.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(distance), adds(far: bool))]
fn flag_far(flights: LazyFrame, limit: i64) -> LazyFrame {
    flights.with_column(col("distance").gt(lit(limit)).alias("far"))
}

#[step(reads(far: bool))]
fn only_far(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("far"))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> Frame<Flight> {
        let flagged = flag_far(flights, 1000);
        let far = only_far(flagged);
        far
    }
}

fn main() {}
