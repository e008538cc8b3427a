//! Words of `on_error` that there are not (5 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
struct Raw {
    text: String,
}

#[derive(Schema)]
struct Line {
    level: String,
}

#[step(rows, on_error = skp)]
fn one(row: Raw) -> Result<Line, String> {
    todo!("{}", row.text)
}

#[step(rows, on_error = "quarantine")]
fn two(row: Raw) -> Result<Line, String> {
    todo!("{}", row.text)
}

#[step(rows, on_error = warn)]
fn three(row: Raw) -> Result<Line, String> {
    todo!("{}", row.text)
}

#[step(rows, on_error)]
fn four(row: Raw) -> Result<Line, String> {
    todo!("{}", row.text)
}

#[step(rows, on_error(skip))]
fn five(row: Raw) -> Result<Line, String> {
    todo!("{}", row.text)
}

fn main() {}
