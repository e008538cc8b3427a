//! A step that is `async` and one of rows.

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
async fn fetch(row: Raw) -> Line {
    todo!("{}", row.text)
}

fn main() {}
