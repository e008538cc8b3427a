//! A schema cannot borrow.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight<'a> {
    carrier: &'a str,
}

fn main() {}
