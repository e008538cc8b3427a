//! Two primary keys.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(primary_key(id), primary_key(number))]
struct Flight {
    id: i64,
    number: i64,
}

fn main() {}
