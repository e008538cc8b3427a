//! An error of a row that cannot be sent to another thread.

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
fn parse(row: Raw) -> Result<Line, std::rc::Rc<str>> {
    todo!("{}", row.text)
}

fn main() {}
