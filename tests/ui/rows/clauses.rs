//! Clauses in a row step, whose schemas say it all (2 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
struct Raw {
    text: String,
}

#[derive(Schema)]
struct Line {
    level: String,
}

#[step(rows, reads(text: String), adds(level: String))]
fn parse(row: Raw) -> Line {
    todo!("{}", row.text)
}

fn main() {}
