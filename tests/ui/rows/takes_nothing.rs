//! A row step without a row.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Raw {
    text: String,
}

#[derive(Schema)]
struct Line {
    level: String,
}

#[step(rows)]
fn parse() -> Line {
    todo!()
}

fn main() {}
