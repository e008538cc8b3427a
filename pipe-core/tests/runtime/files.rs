//! Runs over real files.

use std::fs;
use std::time::{Duration, SystemTime};

use pipe_core::source::Csv;
use pipe_core::{Outcome, Pipeline, RunError};
use polars::prelude::*;

use crate::common::*;

/// A file that has been there for a while.
fn write_settled(path: &std::path::Path, text: &str) -> Tested {
    fs::write(path, text)?;
    let hour_ago = SystemTime::now() - Duration::from_hours(1);
    fs::File::options()
        .write(true)
        .open(path)?
        .set_modified(hour_ago)?;
    Ok(())
}

#[test]
fn a_changed_file_is_named_and_an_equal_one_is_not() -> Tested {
    let scratch = Scratch::new();
    let file = scratch.path().join("data.csv");
    write_settled(&file, "n\n1\n2\n")?;
    let pipeline = Pipeline::builder("test")
        .source("data", Csv::new(&file))
        .step("made", Act::plus(1))
        .build()?
        .store(scratch.path());
    assert_eq!(ints(pipeline.run()?.output(), "n"), [Some(2), Some(3)]);

    // Written again with the same content: only time stamps differ.
    fs::write(&file, "n\n1\n2\n")?;
    assert_eq!(outcomes(pipeline.run()?.report()), [Outcome::Reused]);

    // The length and the time of the last change are the same, the content is not.
    write_settled(&file, "n\n1\n7\n")?;
    let plan = pipeline.plan()?;
    let expected = format!("input data changed: {}", file.display());
    assert_eq!(plan.nodes[0].reason, expected);
    assert_eq!(ints(pipeline.run()?.output(), "n"), [Some(2), Some(8)]);
    Ok(())
}

#[test]
fn sources_that_are_not_there_are_told_together() -> Tested {
    let scratch = Scratch::new();
    let pipeline = Pipeline::builder("test")
        .source("one", Csv::new(scratch.path().join("one.csv")))
        .source("two", Csv::new(scratch.path().join("two.csv")))
        .step_on(
            "made",
            Act::new("stack", |f| Ok(concat(f, UnionArgs::default())?)),
            ["one", "two"],
        )
        .build()?
        .store(scratch.path());
    match pipeline.run() {
        Err(RunError::Sources(errors)) => assert_eq!(errors.len(), 2),
        other => panic!("{other:?}"),
    }
    Ok(())
}
