//! A primary key without fields.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(primary_key())]
struct Flight {
    id: i64,
}

fn main() {}
