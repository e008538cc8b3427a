//! A crate that knows `pipe-core` as `renamed`, and has no patience with warnings: what the macros
//! write must be as clean as what people write. Nothing here can find the library as `pipe_core`: the
//! other way to rename it has a test of its own.

#![deny(warnings, missing_docs, unreachable_pub, clippy::pedantic)]

pub mod by_option {
    //! `crate = path` in every macro.

    use renamed::prelude::*;

    /// A flight.
    #[derive(Schema)]
    #[schema(crate = renamed)]
    pub struct Flight {
        /// Who flies.
        pub carrier: String,
        /// In minutes.
        pub dep_delay: Option<i64>,
    }

    /// In hours.
    #[tracked(crate = renamed)]
    pub fn hours(minutes: Expr) -> Expr {
        minutes / lit(60)
    }

    /// Adds the delay in hours.
    #[step(reads(dep_delay: Option<i64>), adds(delay_hours: Option<i64>), crate = renamed)]
    pub fn in_hours(flights: LazyFrame) -> LazyFrame {
        flights.with_column(hours(col("dep_delay")).alias("delay_hours"))
    }

    /// Keeps late flights.
    #[step(reads(dep_delay: Option<i64>), crate = renamed)]
    pub fn late(flights: LazyFrame, minutes: i64) -> LazyFrame {
        flights.filter(col("dep_delay").gt(lit(minutes)))
    }

    pipeline! {
        #![crate = renamed]

        /// Late flights.
        pub fn delays(
            /// The flights.
            flights: Frame<Flight>,
            /// How late.
            minutes: i64 = 15,
        ) -> LazyFrame {
            let timed = in_hours(flights);
            let late = late(timed, minutes);
            late
        }
    }
}
