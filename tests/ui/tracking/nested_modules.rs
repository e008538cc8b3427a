//! A helper two modules deep, called by a tracked one.

use pipe_core::prelude::*;

mod units {
    pub mod time {
        use pipe_core::prelude::*;

        fn per_hour() -> Expr {
            lit(60)
        }

        #[tracked]
        pub fn hours(minutes: Expr) -> Expr {
            minutes / per_hour()
        }
    }
}

#[step(reads(air_time: f64), adds(hours: f64))]
fn add_hours(flights: LazyFrame) -> LazyFrame {
    flights.with_column(units::time::hours(col("air_time")).alias("hours"))
}

fn main() {}
