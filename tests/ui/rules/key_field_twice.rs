//! A field that is in the primary key twice.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(primary_key(id, id))]
struct Flight {
    id: i64,
}

fn main() {}
