//! A row that is no schema.

use pipe_core::prelude::*;

struct Raw {
    text: String,
}

#[derive(Schema)]
struct Line {
    level: String,
}

#[step(rows)]
fn parse(row: Raw) -> Line {
    Line { level: row.text }
}

fn main() {}
