//! Bad rows cannot be put aside where there is no checkpoint.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Raw {
    text: String,
}

#[derive(Schema)]
struct Line {
    level: String,
}

#[step(rows, on_error = quarantine)]
fn parse(row: Raw) -> Result<Line, String> {
    todo!("{}", row.text)
}

pipeline! {
    fn logs(lines: Frame<Raw>) -> Frame<Line> {
        #[checkpoint(false)]
        let parsed = parse(lines);
        parsed
    }
}

fn main() {}
