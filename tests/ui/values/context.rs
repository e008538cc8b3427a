//! A context by value, and one too many (2 mistakes).

use pipe_core::prelude::*;

#[step]
fn logged(flights: LazyFrame, context: StepContext) -> LazyFrame {
    context.log("here");
    flights.reverse()
}

#[step]
fn twice(flights: LazyFrame, first: &StepContext, second: &StepContext) -> LazyFrame {
    first.log(second.node());
    flights.reverse()
}

fn main() {}
