//! A secret of a type that cannot be part of a key.

use pipe_core::prelude::*;

#[derive(Clone)]
struct Login {
    name: String,
}

#[step(reads(name: String))]
fn fetch(flights: LazyFrame, login: Secret<Login>) -> LazyFrame {
    let name = login.expose().name.clone();
    flights.filter(col("name").eq(lit(name)))
}

fn main() {}
