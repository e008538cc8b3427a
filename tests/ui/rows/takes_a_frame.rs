//! Rows are taken one by one, not as a frame (2 mistakes).

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
fn parse(rows: Frame<Raw>) -> Line {
    drop(rows);
    todo!()
}

#[step(rows)]
fn read(rows: LazyFrame) -> Line {
    drop(rows);
    todo!()
}

fn main() {}
