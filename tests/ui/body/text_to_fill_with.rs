//! A text to fill nulls with: a bare string is a column.

use pipe_core::prelude::*;

#[step(reads(carrier: Option<String>), replaces(carrier: String))]
fn known(flights: LazyFrame) -> LazyFrame {
    flights.with_column(col("carrier").fill_null("unknown"))
}

fn main() {}
