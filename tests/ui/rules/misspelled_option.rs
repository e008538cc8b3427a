//! A rule that is misspelled.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(uniqe)]
    id: i64,
}

fn main() {}
