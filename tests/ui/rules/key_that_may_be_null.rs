//! A primary key with a column that may be null.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(primary_key(id, origin))]
struct Flight {
    id: Option<i64>,
    origin: String,
}

fn main() {}
