//! A step reads a column as another type.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(distance: f64))]
fn far(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("distance").gt(lit(1000.0)))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let far = far(flights);
        far
    }
}

fn main() {}
