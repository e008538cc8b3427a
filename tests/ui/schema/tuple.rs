//! A tuple struct is no schema: its columns have no names.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight(String, i64);

fn main() {}
