//! A column that the rows have and the frame has not.

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
fn parse(row: Raw) -> Line {
    Line { level: row.text }
}

#[derive(Schema)]
struct Log {
    txt: String,
}

pipeline! {
    fn logs(lines: Frame<Log>) -> Frame<Line> {
        let parsed = parse(lines);
        parsed
    }
}

fn main() {}
