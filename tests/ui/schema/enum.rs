//! An enum is no schema.

use pipe_core::prelude::*;

#[derive(Schema)]
enum Flight {
    Departed,
    Cancelled,
}

fn main() {}
