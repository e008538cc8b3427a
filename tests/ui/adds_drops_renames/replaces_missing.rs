//! A step replaces a column that is not there.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(replaces(distanc: f64))]
fn to_float(flights: LazyFrame) -> LazyFrame {
    flights.with_column(col("distanc").cast(DataType::Float64))
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let floats = to_float(flights);
        floats
    }
}

fn main() {}
