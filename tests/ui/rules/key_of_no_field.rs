//! A primary key with fields that the struct does not have.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(primary_key(orign, time_hour))]
struct Flight {
    origin: String,
    time_hour: i64,
}

fn main() {}
