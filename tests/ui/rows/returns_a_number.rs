//! What a row step returns must be rows.

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
fn parse(row: Raw) -> i64 {
    row.text.len() as i64
}

fn main() {}
