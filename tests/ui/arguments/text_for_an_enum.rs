//! A string for a type of the user.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[derive(Clone)]
enum Order {
    Newest,
    Oldest,
}

impl Order {
    fn reverse(&self) -> bool {
        matches!(self, Self::Newest)
    }
}

#[step]
fn sorted(flights: LazyFrame, unit: std::time::Duration) -> LazyFrame {
    let _ = unit;
    flights
}

pipeline! {
    fn delays(flights: Frame<Flight>) -> LazyFrame {
        let sorted = sorted(flights, "1s");
        sorted
    }
}

fn main() {}
