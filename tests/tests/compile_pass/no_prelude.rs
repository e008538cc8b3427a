//! Pipelines in a module without the standard prelude: none of its traits is in scope. (Steps and schemas
//! cannot be there: rustc knows no `#[diagnostic::…]` in such modules.)

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
}

#[step(reads(dep_delay: Option<integer>))]
fn late(flights: LazyFrame, column: ColumnName, limit: i64) -> LazyFrame {
    let _ = column;
    flights.filter(col("dep_delay").gt(lit(limit)))
}

#[step]
async fn count(_flights: Frame<Flight>, _context: &StepContext) -> u64 {
    1
}

mod bare {
    #![no_implicit_prelude]

    use super::{Flight, count, late};
    use ::pipe_core::prelude::{Csv, Frame, LazyFrame, pipeline};

    pipeline! {
        pub(super) fn delays(
            flights: Frame<Flight> = Csv::new("flights.csv"),
            others: LazyFrame,
            limit: i64 = 15,
        ) -> (Frame<Flight>, LazyFrame, u64) {
            #[retry(attempts = 3)]
            let late = late(flights, "carrier", limit);
            let rest = late(others, "carrier", 1);
            let count = count(late);
            (late, rest, count)
        }

        pub(super) fn counts(flights: Frame<Flight>) -> u64 {
            let count = count(flights);
            count
        }
    }
}

#[test]
fn pipelines_do_not_need_the_prelude() {
    let _: fn(Csv, Csv, i64) -> Pipeline<bare::DelaysPipeline> = bare::delays;
    let _: fn(Csv) -> Pipeline<bare::CountsPipeline> = bare::counts;
    let _ = Flight {
        carrier: String::new(),
        dep_delay: None,
    };
}
