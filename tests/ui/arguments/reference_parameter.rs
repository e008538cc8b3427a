//! A parameter of a pipeline that is borrowed.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step]
fn newest(flights: LazyFrame) -> LazyFrame {
    flights.reverse()
}

#[step]
fn named(flights: LazyFrame, name: String) -> LazyFrame {
    let _ = name;
    flights
}

pipeline! {
    fn delays(flights: Frame<Flight>, name: &str) -> LazyFrame {
        let named = named(flights, name);
        named
    }
}

fn main() {}
