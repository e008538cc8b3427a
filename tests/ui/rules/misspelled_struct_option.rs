//! An option of `#[schema]` that is misspelled.

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(primary_keys(id))]
struct Flight {
    id: i64,
}

fn main() {}
