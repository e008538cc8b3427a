//! A row step has one input.

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
fn parse(row: Raw, levels: Frame<Line>) -> Line {
    drop(levels);
    todo!("{}", row.text)
}

fn main() {}
