//! A row step whose function takes its row by reference.

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
fn parse(row: &Raw) -> Line {
    todo!("{}", row.text)
}

fn main() {}
