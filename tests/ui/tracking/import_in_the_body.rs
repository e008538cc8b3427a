//! A helper that is imported in the body of the step.

use pipe_core::prelude::*;

mod units {
    use pipe_core::prelude::*;

    pub fn hours(minutes: Expr) -> Expr {
        minutes / lit(60)
    }
}

#[step(reads(air_time: f64), adds(hours: f64))]
fn add_hours(flights: LazyFrame) -> LazyFrame {
    use self::units::hours;
    flights.with_column(hours(col("air_time")).alias("hours"))
}

fn main() {}
