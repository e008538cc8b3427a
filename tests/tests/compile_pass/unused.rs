//! What nobody uses: rustc may warn about the user's own function, never about what stands beside it.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    distance: i64,
}

/// Its struct and its alias are no code of the user's.
#[step(reads(distance: i64))]
fn nobody_calls_this(flights: LazyFrame, limit: i64) -> LazyFrame {
    flights.filter(col("distance").gt(lit(limit)))
}

#[tracked]
#[expect(dead_code, reason = "one warning, at the user's own function")]
fn nobody_calls_this_either(minutes: Expr) -> Expr {
    minutes
}

#[step]
fn newest(flights: Frame<Flight>) -> Frame<Flight> {
    flights
}

pipeline! {
    fn nobody_runs_this(flights: Frame<Flight>) -> Frame<Flight> {
        let newest = newest(flights);
        newest
    }
}
