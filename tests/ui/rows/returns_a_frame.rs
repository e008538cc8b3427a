//! A row step whose result is a frame.

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
fn parse(row: Raw) -> Frame<Line> {
    todo!("{}", row.text)
}

fn main() {}
