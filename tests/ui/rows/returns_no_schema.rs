//! A result that is no schema, in an Option in a Result.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Raw {
    text: String,
}

struct Line {
    level: String,
}

#[step(rows)]
fn parse(row: Raw) -> Result<Option<Line>, String> {
    Ok(Some(Line { level: row.text }))
}

fn main() {}
