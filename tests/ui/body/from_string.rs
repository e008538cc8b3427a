//! A misspelled column in a `String` made in place.

use pipe_core::prelude::*;

#[step(reads(carrier: String, dep_delay: Option<i64>))]
fn clean(flights: LazyFrame) -> LazyFrame {
    flights.filter(col(String::from("dep_dely")).gt(lit(60)).and(col("carrier".to_owned()).is_not_null()))
}

fn main() {}
