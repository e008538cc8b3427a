//! A secret inside of a parameter that is serialised as it is.

use pipe_core::prelude::*;

#[derive(Clone, serde::Serialize)]
struct Login {
    name: String,
    password: Secret<String>,
}

#[step(reads(name: String))]
fn fetch(flights: LazyFrame, login: Login) -> LazyFrame {
    flights.filter(col("name").eq(lit(login.name)))
}

fn main() {}
