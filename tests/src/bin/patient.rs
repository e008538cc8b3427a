//! A pipeline whose second step waits until it may go on, for `tests/interrupt.rs`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use pipe_core::prelude::*;

#[derive(Schema)]
struct Row {
    n: i64,
}

#[step]
fn first(rows: Frame<Row>) -> Frame<Row> {
    rows
}

/// Says that it has begun, and waits for a file.
#[step]
fn waits(
    rows: Frame<Row>,
    folder: PathBuf,
    context: &StepContext,
) -> Result<Frame<Row>, StepError> {
    fs::write(folder.join("begun"), "")?;
    while !folder.join("go on").exists() {
        if folder.join("heeds").exists() && context.is_cancelled() {
            return Err("stopped half-way".into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(rows)
}

#[step]
fn last(rows: Frame<Row>) -> Frame<Row> {
    rows
}

pipeline! {
    fn patient(numbers: Frame<Row>, folder: PathBuf) -> Frame<Row> {
        let first = first(numbers);
        let second = waits(first, folder);
        let third = last(second);
        third
    }
}

fn main() -> ExitCode {
    PatientPipeline::main()
}
