//! A helper of another module under another name.

use pipe_core::prelude::*;

mod units {
    use pipe_core::prelude::*;

    pub fn hours(minutes: Expr) -> Expr {
        minutes / lit(60)
    }
}

use units::hours as in_hours;

#[step(reads(air_time: f64), adds(hours: f64))]
fn add_hours(flights: LazyFrame) -> LazyFrame {
    flights.with_column(in_hours(col("air_time")).alias("hours"))
}

fn main() {}
