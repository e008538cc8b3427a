//! A typed step puts out a schema without the column.

use pipe_core::prelude::*;

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

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn flag_late(flights: LazyFrame, minutes: i64) -> LazyFrame {
    flights.with_column(col("dep_delay").gt(lit(minutes)).alias("late"))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let carriers = by_carrier(flights);
        let flagged = flag_late(carriers, 15);
        flagged
    }
}

fn main() {}
