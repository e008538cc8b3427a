//! A primary key with a list.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(primary_key(ids))]
struct Flight {
    ids: Vec<i64>,
}

fn main() {}
