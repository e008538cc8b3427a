//! A secret that stands in the code.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    name: String,
}

#[step(reads(name: String))]
fn fetch(flights: LazyFrame, token: Secret<String>) -> LazyFrame {
    let token = token.expose().clone();
    flights.filter(col("name").eq(lit(token)))
}

pipeline! {
    fn fetched(flights: Frame<Flight>) -> LazyFrame {
        let fetched = fetch(flights, "a1b2c3");
        fetched
    }
}

fn main() {}
