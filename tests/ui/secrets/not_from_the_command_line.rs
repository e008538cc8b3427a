//! A secret of a type that the command line cannot give.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    name: String,
}

#[derive(Clone, serde::Serialize)]
struct Login {
    name: String,
}

#[step(reads(name: String))]
fn fetch(flights: LazyFrame, login: Secret<Login>) -> LazyFrame {
    let name = login.expose().name.clone();
    flights.filter(col("name").eq(lit(name)))
}

pipeline! {
    fn fetched(flights: Frame<Flight>, login: Secret<Login>) -> LazyFrame {
        let fetched = fetch(flights, login);
        fetched
    }
}

fn main() {}
