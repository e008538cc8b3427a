//! Pipelines that are built at run time, and the steps that come with the crate.

use pipe_core::steps::{AddColumn, DropNulls, Filter};
use pipe_core::{Outcome, Pipeline};
use polars::prelude::*;

use crate::common::*;

#[test]
fn built_in_steps_do_what_their_names_say() -> Tested {
    let scratch = Scratch::new();
    let table = Table::of(df!(
        "id" => [1i64, 2, 3, 4],
        "value" => [Some(3i64), None, Some(4), Some(30)],
        "status" => [Some("a"), Some("b"), Some("c"), None],
    )?);
    let pipeline = Pipeline::builder("test")
        .input("data", table)
        .step("drop_nulls", DropNulls::all())
        .step("add_feature", AddColumn::new("value", "feature1", 3))
        .step("filter_data", Filter::gt("feature1", 10))
        .build()?
        .store(scratch.path());
    let run = pipeline.run()?;
    assert_eq!(ints(run.output(), "id"), [Some(3)]);
    assert_eq!(ints(run.output(), "feature1"), [Some(12)]);
    assert_eq!(
        run.node("drop_nulls")
            .ok_or("no frame")?
            .collect()?
            .height(),
        2
    );
    pipeline.check()?;
    Ok(())
}

#[test]
fn steps_keep_types_and_compare() -> Tested {
    let scratch = Scratch::new();
    let frame =
        df!("i" => [1i32, 2, 3], "f" => [0.5f64, 1.5, 2.5], "x" => [Some(1i64), None, None])?;
    let table = Table::of(frame);
    let start = || Pipeline::builder("test").input("data", table.clone());
    let by = |step: AddColumn| -> Result<DataType, Anything> {
        let frame = start()
            .step("made", step)
            .build()?
            .store(scratch.path())
            .run()?;
        Ok(frame.output().collect()?.column("y")?.dtype().clone())
    };
    assert_eq!(by(AddColumn::new("i", "y", 3))?, DataType::Int32);
    assert_eq!(by(AddColumn::new("i", "y", 0.5))?, DataType::Float64);
    assert_eq!(by(AddColumn::new("f", "y", 3))?, DataType::Float64);

    let kept = |step: Filter| -> Result<usize, Anything> {
        let run = start()
            .step("made", step)
            .build()?
            .store(scratch.path())
            .run()?;
        Ok(run.output().collect()?.height())
    };
    let found = [
        kept(Filter::gt("i", 2))?,
        kept(Filter::ge("i", 2))?,
        kept(Filter::lt("i", 2))?,
        kept(Filter::le("f", 1.5))?,
        kept(Filter::eq("x", 1))?,
    ];
    assert_eq!(found, [1, 2, 1, 2, 1]);

    let dropped = start()
        .step("made", DropNulls::of(["x"]))
        .build()?
        .store(scratch.path())
        .run()?;
    assert_eq!(dropped.output().collect()?.height(), 1);
    Ok(())
}

#[test]
fn a_pipeline_without_steps_returns_its_input() -> Tested {
    let scratch = Scratch::new();
    let pipeline = Pipeline::builder("test")
        .input("numbers", Table::numbers(&[7]))
        .build()?
        .store(scratch.path());
    let run = pipeline.run()?;
    assert_eq!(ints(run.output(), "n"), [Some(7)]);
    assert!(run.report().nodes.is_empty());
    Ok(())
}

#[test]
fn several_inputs_and_outputs() -> Tested {
    let scratch = Scratch::new();
    let stack = Act::new("stack", |frames| Ok(concat(frames, UnionArgs::default())?));
    let pipeline = Pipeline::builder("test")
        .input("left", Table::numbers(&[1]))
        .input("right", Table::numbers(&[2]))
        .step_on("right_more", Act::plus(10), ["right"])
        .step_on("both", stack, ["left", "right_more"])
        .outputs(["both", "right_more", "left"])
        .build()?
        .store(scratch.path());
    let run = pipeline.run()?;
    assert_eq!(ints(run.output(), "n"), [Some(1), Some(12)]);
    assert_eq!(outcomes(run.report()), [Outcome::Ran, Outcome::Ran]);
    Ok(())
}

#[test]
fn all_mistakes_are_told_together() {
    let error = Pipeline::builder("test/../x")
        .input("orders", Table::numbers(&[]))
        .input("customers", Table::numbers(&[]))
        .checkpoint(false)
        .step("alone", Act::plus(1))
        .step_on("Orders", Act::plus(1), ["ordres"])
        .outputs(["nothing"])
        .build()
        .map(|_| ())
        .unwrap_err()
        .to_string();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines[0], "pipeline `test/../x` cannot be built:");
    assert!(lines[1].starts_with("`test/../x` cannot be a name"));
    assert!(lines[2].starts_with("`.checkpoint(…)` is for the step just added"));
    assert!(lines[3].starts_with("step `alone` has no input: there are several sources"));
    assert_eq!(
        lines[4],
        "`ordres`, an input of `Orders`, is no source and no earlier step; did you mean `orders`?"
    );
    assert!(lines[5].starts_with("the name `Orders` is used twice"));
    assert_eq!(
        lines[6],
        "`nothing`, an input of `the outputs`, is no source and no earlier step"
    );
    assert_eq!(lines.len(), 7);
    assert!(Pipeline::builder("test").build().is_err());
}
