//! A policy for rows that cannot fail.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Raw {
    text: String,
}

#[derive(Schema)]
struct Line {
    level: String,
}

#[step(rows, on_error = skip)]
fn parse(row: Raw) -> Option<Line> {
    todo!("{}", row.text)
}

fn main() {}
