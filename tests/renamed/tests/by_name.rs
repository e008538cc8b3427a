//! The other way for a crate that renamed the library: one line in its root, nothing in the macros.

#![deny(warnings, missing_docs, clippy::pedantic)]

extern crate renamed as pipe_core;

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    distance: i64,
}

#[step(drops(carrier))]
fn anonymous(flights: LazyFrame) -> LazyFrame {
    flights.drop(by_name(["carrier"], true, false))
}

pipeline! {
    fn trips(flights: Frame<Flight>) -> LazyFrame {
        let anonymous = anonymous(flights);
        anonymous
    }
}

#[test]
fn one_line_will_do() {
    let _: fn(Csv) -> Pipeline<TripsPipeline> = trips;
    let _ = Flight {
        carrier: String::new(),
        distance: 0,
    };
}
