//! The context is not given in calls.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step]
fn logged(flights: LazyFrame, context: &StepContext) -> LazyFrame {
    context.log("here");
    flights.reverse()
}

pipeline! {
    fn scores(flights: Frame<Flight>) -> LazyFrame {
        let logged = logged(flights, 1);
        logged
    }
}

fn main() {}
