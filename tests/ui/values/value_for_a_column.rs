//! The value of a step where a column is named.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step]
fn widest(flights: LazyFrame) -> String {
    let _ = flights;
    String::new()
}

#[step(reads(column: any))]
fn sorted(flights: LazyFrame, column: ColumnName) -> LazyFrame {
    flights.sort([column.as_str()], SortMultipleOptions::default())
}

pipeline! {
    fn scores(flights: Frame<Flight>) -> LazyFrame {
        let column = widest(flights);
        let sorted = sorted(flights, column);
        sorted
    }
}

fn main() {}
