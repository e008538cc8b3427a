//! Options of steps that row steps have not (2 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
struct Raw {
    text: String,
}

#[derive(Schema)]
struct Line {
    level: String,
}

#[step(rows, process)]
fn parse(row: Raw) -> Line {
    Line { level: row.text }
}

fn is_busy(_: &std::num::ParseIntError) -> bool {
    true
}

#[step(rows, retry(attempts = 3, when = is_busy))]
fn read(row: Raw) -> Result<Line, std::num::ParseIntError> {
    let _: i64 = row.text.parse()?;
    Ok(Line { level: row.text })
}

fn main() {}
