//! A struct without fields.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight;

fn main() {}
