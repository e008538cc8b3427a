//! A policy for rows where none are looked at.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Raw {
    text: String,
}

#[derive(Schema)]
struct Line {
    level: String,
}

#[step(on_error = skip)]
fn parse(rows: Frame<Raw>) -> Frame<Line> {
    drop(rows);
    todo!()
}

fn main() {}
