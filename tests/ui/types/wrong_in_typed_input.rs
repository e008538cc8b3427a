//! The schema of a typed step has another type for a column.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Raw {
    carrier: String,
    dep_delay: Option<f64>,
    distance: i64,
}

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[derive(Schema)]
struct Carrier {
    carrier: String,
    flights: u32,
}

#[step]
fn by_carrier(flights: Frame<Flight>) -> Frame<Carrier> {
    flights.lazy().group_by([col("carrier")]).agg([len().alias("flights")]).into()
}

pipeline! {
    fn delays(flights: Frame<Raw>) -> LazyFrame {
        let carriers = by_carrier(flights);
        carriers
    }
}

fn main() {}
