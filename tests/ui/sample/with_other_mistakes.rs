//! A column that the sample does not have, beside a pipeline: the schema still is one, and the other mistake shows (2 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample = "flights.csv")]
struct Flight {
    carrier: String,
    dep_dely: Option<i64>,
}

#[step(reads(carier: String))]
fn keep(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("carier").is_not_null())
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let kept = keep(flights);
        kept
    }
}

fn main() {}
