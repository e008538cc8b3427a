//! What runs again after a change, and what does not.

use pipe_core::{Action, Outcome};
use polars::prelude::*;

use crate::common::*;

use Outcome::{Ran, Reused, Skipped};

struct Chain {
    scratch: Scratch,
    table: std::sync::Arc<Table>,
    first: Act,
    second: Act,
    third: Act,
}

impl Chain {
    fn new() -> Self {
        Self {
            scratch: Scratch::new(),
            table: Table::numbers(&[1, 2, 3]),
            first: Act::plus(1),
            second: Act::plus(10),
            third: Act::plus(100),
        }
    }

    fn pipeline(&self) -> pipe_core::Pipeline {
        pipeline(
            &self.scratch,
            &self.table,
            &[
                ("first", &self.first, &["numbers"]),
                ("second", &self.second, &["first"]),
                ("third", &self.third, &["second"]),
            ],
        )
    }

    fn calls(&self) -> [usize; 3] {
        [self.first.calls(), self.second.calls(), self.third.calls()]
    }
}

#[test]
fn the_second_run_reuses_the_output_and_looks_at_nothing_else() -> Tested {
    let chain = Chain::new();
    let run = chain.pipeline().run()?;
    assert_eq!(outcomes(run.report()), [Ran, Ran, Ran]);
    assert_eq!(ints(run.output(), "n"), [Some(112), Some(113), Some(114)]);
    assert_eq!(
        chain
            .table
            .opened
            .load(std::sync::atomic::Ordering::Relaxed),
        1
    );

    // Damage that a run must not even see, as nothing needs the file.
    std::fs::write(chain.scratch.only_file("first", "parquet"), "")?;
    let run = chain.pipeline().run()?;
    assert_eq!(outcomes(run.report()), [Skipped, Skipped, Reused]);
    assert_eq!(ints(run.output(), "n"), [Some(112), Some(113), Some(114)]);
    assert!(run.node("first").is_none());
    assert_eq!(chain.calls(), [1, 1, 1]);
    assert_eq!(
        chain
            .table
            .opened
            .load(std::sync::atomic::Ordering::Relaxed),
        1
    );
    Ok(())
}

#[test]
fn a_parameter_reruns_its_step_and_what_needs_it() -> Tested {
    let mut chain = Chain::new();
    chain.pipeline().run()?;
    chain.second = Act::plus(20);
    let run = chain.pipeline().run()?;
    assert_eq!(
        told(run.report()),
        [
            "first: Reused (checkpoint is valid)",
            "second: Ran (parameter number: 10.0 -> 20.0)",
            "third: Ran (input second has new content)",
        ]
    );
    // Going back needs no run: old keys stay.
    chain.second = Act::plus(10);
    assert_eq!(
        outcomes(chain.pipeline().run()?.report()),
        [Skipped, Skipped, Reused]
    );
    Ok(())
}

#[test]
fn code_version_helpers_and_step_are_told_apart() -> Tested {
    let mut chain = Chain::new();
    chain
        .third
        .code
        .helpers
        .insert("normalise".into(), "1".into());
    chain.pipeline().run()?;
    let old = chain.third.clone();
    let mut reason = |change: fn(&mut Act)| -> Result<String, Anything> {
        chain.third = old.clone();
        change(&mut chain.third);
        let plan = chain.pipeline().plan()?;
        assert_eq!(plan.nodes[2].action, Action::Run);
        Ok(plan.nodes[2].reason.clone())
    };
    assert_eq!(
        reason(|act| act.code.digest = "other".into())?,
        "code of plus changed"
    );
    assert_eq!(
        reason(|act| act.code.version = 2)?,
        "version of plus: 0 -> 2"
    );
    assert_eq!(
        reason(|act| drop(act.code.helpers.insert("normalise".into(), "2".into())))?,
        "helper normalise changed"
    );
    assert_eq!(
        reason(|act| act.code.helpers.clear())?,
        "helper normalise is gone"
    );
    assert_eq!(reason(|act| act.name = "minus")?, "step: plus -> minus");
    assert_eq!(
        reason(|act| act.parameters = [("number", 100.0), ("more", 1.5)].into())?,
        "parameter more: none -> 1.5"
    );
    Ok(())
}

#[test]
fn an_input_reruns_everything_and_equal_content_stops_the_ripple() -> Tested {
    let mut chain = Chain::new();
    chain.first = Act::new("positive", |frames| {
        Ok(only(frames)?.filter(col("n").gt(lit(0))))
    });
    chain.pipeline().run()?;
    chain.table.replace(numbers(&[1, -7, 2, 3]));

    let plan = chain.pipeline().plan()?;
    let actions: Vec<_> = plan
        .nodes
        .iter()
        .map(|n| (n.action, n.reason.as_str()))
        .collect();
    assert_eq!(
        actions,
        [
            (Action::Run, "input numbers changed: numbers.csv"),
            (Action::Maybe, "input first runs again"),
            (Action::Maybe, "input second runs again"),
        ]
    );

    let run = chain.pipeline().run()?;
    assert_eq!(
        told(run.report()),
        [
            "first: Ran (input numbers changed: numbers.csv)",
            "second: Reused (inputs have the same content)",
            "third: Reused (inputs have the same content)",
        ]
    );
    assert_eq!(chain.calls(), [2, 1, 1]);
    // The new recipe is known now, and needs nothing that stands before it.
    chain.pipeline().clear("first")?;
    let run = chain.pipeline().run()?;
    assert_eq!(outcomes(run.report()), [Skipped, Skipped, Reused]);
    assert_eq!(run.report().nodes[2].reason, "checkpoint is valid");
    Ok(())
}

#[test]
fn resume_off_runs_everything() -> Tested {
    let chain = Chain::new();
    chain.pipeline().run()?;
    let run = chain.pipeline().resume(false).run()?;
    assert_eq!(outcomes(run.report()), [Ran, Ran, Ran]);
    assert_eq!(run.report().nodes[0].reason, "resume is off");
    assert_eq!(chain.scratch.files("third", "json").len(), 1);
    Ok(())
}

#[test]
fn steps_without_checkpoint_run_with_what_uses_them() -> Tested {
    let scratch = Scratch::new();
    let table = Table::numbers(&[1]);
    let build = |second: &Act, third: &Act| {
        pipe_core::Pipeline::builder("test")
            .input("numbers", table.clone())
            .step("first", Act::plus(1))
            .step("second", second.clone())
            .checkpoint(false)
            .step("third", third.clone())
            .build()
            .map(|pipeline| pipeline.store(scratch.path()))
    };
    let (second, third) = (Act::plus(10), Act::plus(100));
    let run = build(&second, &third)?.run()?;
    assert_eq!(outcomes(run.report()), [Ran, Ran, Ran]);
    assert_eq!(ints(run.output(), "n"), [Some(112)]);
    assert!(scratch.files("second", "parquet").is_empty());
    assert_eq!(
        outcomes(build(&second, &third)?.run()?.report()),
        [Skipped, Skipped, Reused]
    );
    assert_eq!(second.calls(), 1);

    let run = build(&Act::plus(20), &third)?.run()?;
    assert_eq!(
        told(run.report()),
        [
            "first: Reused (checkpoint is valid)",
            "second: Ran (is not stored)",
            "third: Ran (second: parameter number: 10.0 -> 20.0)",
        ]
    );
    Ok(())
}

#[test]
fn an_output_without_checkpoint_is_there_and_runs_each_time() -> Tested {
    let scratch = Scratch::new();
    let (step, last) = (Act::plus(1), Act::plus(10));
    let pipeline = pipe_core::Pipeline::builder("test")
        .input("numbers", Table::numbers(&[1]))
        .step("first", step.clone())
        .step("last", last.clone())
        .checkpoint(false)
        .build()?
        .store(scratch.path());
    pipeline.run()?;
    let run = pipeline.run()?;
    assert_eq!(ints(run.output(), "n"), [Some(12)]);
    assert_eq!((step.calls(), last.calls()), (1, 2));
    assert_eq!(run.report().nodes[1].rows, Some(1));
    Ok(())
}

#[test]
fn cleared_nodes_run_again_when_they_are_needed() -> Tested {
    let chain = Chain::new();
    let pipeline = chain.pipeline();
    pipeline.run()?;
    assert_eq!(pipeline.clear("second")?, ["second"]);
    assert_eq!(pipeline.clear("second")?, Vec::<String>::new());
    // The output is still valid: what made it has not changed.
    assert_eq!(
        outcomes(pipeline.run()?.report()),
        [Skipped, Skipped, Reused]
    );

    assert_eq!(pipeline.clear_from("second")?, ["third"]);
    assert_eq!(outcomes(pipeline.run()?.report()), [Reused, Ran, Ran]);
    assert_eq!(pipeline.clear_all()?, ["first", "second", "third"]);
    assert_eq!(outcomes(pipeline.run()?.report()), [Ran, Ran, Ran]);

    let error = pipeline.clear("secnod").unwrap_err().to_string();
    assert!(error.contains("did you mean `second`?"), "{error}");
    Ok(())
}

#[test]
fn renaming_what_stands_before_reruns_only_what_has_no_checkpoint_of_that_name() -> Tested {
    let chain = Chain::new();
    chain.pipeline().run()?;
    let renamed = pipeline(
        &chain.scratch,
        &chain.table,
        &[
            ("erste", &chain.first, &["numbers"]),
            ("second", &chain.second, &["erste"]),
            ("third", &chain.third, &["second"]),
        ],
    );
    assert_eq!(
        outcomes(renamed.run()?.report()),
        [Skipped, Skipped, Reused]
    );
    Ok(())
}

#[test]
fn looking_creates_nothing() -> Tested {
    let chain = Chain::new();
    let pipeline = chain.pipeline();
    pipeline.plan()?;
    pipeline.status()?;
    pipeline.check()?;
    assert_eq!(pipeline.clear_all()?, Vec::<String>::new());
    assert_eq!(std::fs::read_dir(chain.scratch.path())?.count(), 0);
    Ok(())
}

#[test]
fn a_checkpoint_that_is_written_again_is_read_again() -> Tested {
    let scratch = Scratch::new();
    let calls = std::sync::atomic::AtomicI64::new(0);
    let clock = Act::new("clock", move |frames| {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(concat(
            vec![only(frames)?; usize::try_from(call)? + 1],
            UnionArgs::default(),
        )?)
    });
    let table = Table::numbers(&[1]);
    let last = Act::plus(0);
    let nodes: [(&str, &Act, &[&str]); 2] =
        [("clock", &clock, &["numbers"]), ("last", &last, &["clock"])];
    let pipeline = pipeline(&scratch, &table, &nodes).resume(false);
    for rows in 1..4 {
        assert_eq!(pipeline.run()?.output().collect()?.height(), rows);
    }
    Ok(())
}

#[test]
fn stored_results_can_be_had_without_a_run() -> Tested {
    let chain = Chain::new();
    let pipeline = chain.pipeline();
    assert!(pipeline.stored("second")?.is_none());
    pipeline.run()?;
    let stored = pipeline.stored("second")?.ok_or("nothing is stored")?;
    assert_eq!(ints(stored, "n"), [Some(12), Some(13), Some(14)]);
    assert!(pipeline.stored("secnod").is_err());
    Ok(())
}

#[test]
fn a_plan_sees_that_what_stands_before_came_out_the_same() -> Tested {
    let mut chain = Chain::new();
    chain.first = Act::new("positive", |frames| {
        Ok(only(frames)?.filter(col("n").gt(lit(0))))
    });
    chain.pipeline().run()?;
    chain.table.replace(numbers(&[1, -7, 2, 3]));
    let nodes: [(&str, &Act, &[&str]); 1] = [("first", &chain.first, &["numbers"])];
    pipeline(&chain.scratch, &chain.table, &nodes).run()?;
    let plan = chain.pipeline().plan()?;
    let actions: Vec<_> = plan
        .nodes
        .iter()
        .map(|n| (n.action, n.reason.as_str()))
        .collect();
    assert_eq!(
        actions,
        [
            (Action::Skip, "nothing that runs needs it"),
            (Action::Skip, "nothing that runs needs it"),
            (Action::Reuse, "inputs have the same content"),
        ]
    );
    Ok(())
}
