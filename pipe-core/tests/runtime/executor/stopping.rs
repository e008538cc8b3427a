//! Runs that are stopped, by a failure or by somebody.

use std::num::NonZero;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use pipe_core::testing::{Failures, Recorder, TestStore};
use pipe_core::{Cancellation, Event, OnFailure, Outcome, RunError, RunStatus};

use super::task::{Task, hear, pipeline};
use crate::common::{Tested, failed, outcomes, told};

const ONE: NonZero<usize> = NonZero::<usize>::MIN;

/// Both could run at once; what comes first is what more depends on.
fn nodes() -> Vec<(&'static str, Task, &'static [&'static str])> {
    vec![
        ("bad", Task::pass(), &["numbers"]),
        ("needs_bad", Task::pass(), &["bad"]),
        ("other", Task::pass(), &["numbers"]),
    ]
}

#[test]
fn a_run_that_keeps_going_does_what_does_not_need_the_failed() -> Tested {
    let store = TestStore::new();
    let pipeline = pipeline(nodes())?.store(&store).jobs(ONE);
    let broken = pipeline.clone().inject(Failures::new().at("bad", 1, "no"));
    let (report, _) = failed(broken.run());
    assert_eq!(
        told(&report),
        [
            "bad: Failed (no checkpoint)",
            "needs_bad: Skipped (input bad has no result)",
            "other: Ran (no checkpoint)",
        ]
    );
    assert_eq!(pipeline.run()?.report().ran(), ["bad", "needs_bad"]);
    Ok(())
}

#[test]
fn a_run_that_fails_fast_starts_nothing_more() -> Tested {
    let store = TestStore::new();
    let pipeline = pipeline(nodes())?.store(&store).jobs(ONE);
    let broken = pipeline.clone().inject(Failures::new().at("bad", 1, "no"));
    let (report, _) = failed(broken.on_failure(OnFailure::FailFast).run());
    assert_eq!(
        told(&report),
        [
            "bad: Failed (no checkpoint)",
            "needs_bad: Skipped (input bad has no result)",
            "other: Skipped (stopped after node bad failed)",
        ]
    );
    assert_eq!(report.status, RunStatus::Failed);
    assert_eq!(
        pipeline.run()?.report().ran(),
        ["bad", "needs_bad", "other"]
    );
    Ok(())
}

#[test]
fn a_run_that_fails_fast_stores_what_was_running() -> Tested {
    let store = TestStore::new();
    let (has_failed, other_has_failed) = channel();
    let (begun, other_has_begun) = channel();
    let (other_has_failed, other_has_begun) =
        (Mutex::new(other_has_failed), Mutex::new(other_has_begun));
    let bad = Task::new(move |_| {
        hear(&*other_has_begun.lock().map_err(|_| "poisoned")?)?;
        Err("no".into())
    });
    let slow = Task::new(move |mut inputs| {
        begun.send(())?;
        hear(&*other_has_failed.lock().map_err(|_| "poisoned")?)?;
        Ok(inputs.next_frame()?.into())
    });
    let has_failed = Mutex::new(has_failed);
    let pipeline = pipeline(vec![
        ("bad", bad, &["numbers"]),
        ("slow", slow, &["numbers"]),
        ("after", Task::pass(), &["slow"]),
    ])?;
    let pipeline = pipeline
        .store(&store)
        .jobs(NonZero::new(2).ok_or("two")?)
        .on_failure(OnFailure::FailFast)
        .on_event(move |event| {
            if let (Event::NodeFailed { .. }, Ok(sender)) = (event, has_failed.lock()) {
                let _ = sender.send(());
            }
        });
    let (report, _) = failed(pipeline.run());
    assert_eq!(report.ran(), ["slow"]);
    assert_eq!(report.with(Outcome::Skipped), ["after"]);
    assert_eq!(store.files("test", "slow", "json").len(), 1);
    Ok(())
}

#[test]
fn a_cancelled_run_stores_what_was_running_and_goes_on_from_there() -> Tested {
    let (store, cancellation) = (TestStore::new(), Cancellation::new());
    let cancel = cancellation.clone();
    let first = Task::new(move |mut inputs| {
        cancel.cancel();
        Ok(inputs.next_frame()?.into())
    });
    let nodes = vec![
        ("first", first, ["numbers"].as_slice()),
        ("second", Task::pass(), &["first"]),
    ];
    let pipeline = pipeline(nodes)?.store(&store);
    let run = pipeline.clone().cancellation(&cancellation).run();
    let Err(RunError::Cancelled { report }) = run else {
        panic!("the run was cancelled");
    };
    assert_eq!(report.ran(), ["first"]);
    assert_eq!(
        told(&report)[1],
        "second: Cancelled (the run was cancelled)"
    );
    assert_eq!(pipeline.run()?.report().ran(), ["second"]);
    Ok(())
}

/// On the machine's clock: the test would take an hour.
#[test]
fn a_wait_ends_when_the_run_is_cancelled() -> Tested {
    let (store, cancellation) = (TestStore::new(), Cancellation::new());
    let mut task = Task::pass();
    task.options.retry = Some(pipe_core::Retry {
        base: std::time::Duration::from_hours(1),
        max: std::time::Duration::from_hours(1),
        ..pipe_core::Retry::new(2)
    });
    let cancel = cancellation.clone();
    let pipeline = pipeline(vec![("busy", task, &["numbers"])])?
        .store(&store)
        .inject(Failures::new().at("busy", 1, "busy"))
        .cancellation(&cancellation)
        .on_event(move |event| {
            if matches!(event, Event::NodeRetrying { .. }) {
                cancel.cancel();
            }
        });
    assert!(matches!(pipeline.run(), Err(RunError::Cancelled { .. })));
    Ok(())
}

#[test]
fn what_hangs_ends_when_the_run_is_cancelled() -> Tested {
    let (store, cancellation) = (TestStore::new(), Cancellation::new());
    let task = Task::pass().timeout(std::time::Duration::from_hours(1));
    let cancel = cancellation.clone();
    let pipeline = pipeline(vec![("stuck", task, &["numbers"])])?
        .store(&store)
        .inject(Failures::new().hang_at("stuck", 1))
        .cancellation(&cancellation)
        .on_event(move |event| {
            if matches!(event, Event::NodeStarted { .. }) {
                cancel.cancel();
            }
        });
    let Err(RunError::Cancelled { report }) = pipeline.run() else {
        panic!("the run was cancelled");
    };
    assert_eq!(report.with(Outcome::Cancelled), ["stuck"]);
    Ok(())
}

/// A node that is not stored fails for one that runs; another one that could use it does not need it, as
/// its inputs come out as they were.
#[test]
fn a_plan_that_fails_takes_away_nothing_from_what_is_valid() -> Tested {
    let store = TestStore::new();
    let (plan_failed, has_failed) = channel();
    let (plan_failed, has_failed) = (Mutex::new(plan_failed), Arc::new(Mutex::new(has_failed)));
    let pipeline = |parameter: i64, waits: bool| {
        let with = |mut task: Task| {
            task.parameter = parameter;
            task
        };
        let has_failed = has_failed.clone();
        let same = Task::new(move |mut inputs| {
            if waits {
                hear(&*has_failed.lock().map_err(|_| "poisoned")?)?;
            }
            Ok(inputs.next_frame()?.into())
        });
        let nodes = pipe_core::Pipeline::builder("test")
            .packages(pipe_core::packages!())
            .source("numbers", crate::common::numbers(&[1]))
            .step_on("plan", Task::pass(), ["numbers"])
            .checkpoint(false)
            .step_on("runs", with(Task::pass()), ["plan"])
            .step_on("same", with(same), ["numbers"])
            .step_on("valid", Task::pass(), ["plan", "same"])
            .outputs(["runs", "valid"]);
        nodes.build()
    };
    pipeline(1, false)?.store(&store).run()?;
    let again = pipeline(2, true)?
        .store(&store)
        .jobs(NonZero::new(2).ok_or("two")?)
        .inject(Failures::new().at("plan", 1, "no"))
        .on_event(move |event| {
            if let (Event::NodeFailed { .. }, Ok(sender)) = (event, plan_failed.lock()) {
                let _ = sender.send(());
            }
        });
    let (report, _) = failed(again.run());
    assert_eq!(
        told(&report),
        [
            "plan: Failed (is not stored)",
            "runs: Skipped (input plan has no result)",
            "same: Ran (parameter parameter: 1 -> 2)",
            "valid: Reused (inputs have the same content)",
        ]
    );
    Ok(())
}

/// Nodes that turn out to be as before are passed over one after the other, however many they are.
#[test]
fn a_long_chain_that_comes_out_the_same_is_passed_over() -> Tested {
    const LENGTH: i64 = 2_000;
    let store = TestStore::new();
    let chain = |parameter| {
        let mut first = Task::value(|_| Ok(1));
        first.parameter = parameter;
        let names: Vec<_> = (0..LENGTH).map(|i| format!("n{i}")).collect();
        let mut builder = pipe_core::Pipeline::builder("test")
            .packages(pipe_core::packages!())
            .source("numbers", crate::common::numbers(&[1]))
            .step_on("n0", first, ["numbers"]);
        for pair in names.windows(2) {
            let next = Task::value(|mut inputs| Ok(*inputs.next_value::<i64>()? + 1));
            builder = builder.step_on(&pair[1], next, [&pair[0]]);
        }
        let last = names.last().cloned().unwrap_or_default();
        builder.outputs(["numbers".to_owned(), last]).build()
    };
    chain(1)?.store(&store).run()?;
    let again = chain(2)?.store(&store).run()?;
    assert_eq!(again.report().ran(), ["n0"]);
    let reused = again.report().with(Outcome::Reused).len();
    assert_eq!(i64::try_from(reused)?, LENGTH - 1);
    Ok(())
}

#[test]
fn a_run_whose_output_went_away_has_failed() -> Tested {
    let (store, told) = (Arc::new(TestStore::new()), Recorder::new());
    let number = Task::value(|_| Ok(1));
    let pipeline = pipeline(vec![("number", number, &["numbers"])])?.store(&*store);
    pipeline.run()?;
    let lost = store.clone();
    let pipeline = pipeline.record(&told).on_event(move |event| {
        if let Event::NodeReused { node, .. } = event {
            for file in lost.files("test", node, "json") {
                let _ = std::fs::remove_file(file);
            }
        }
    });
    let (report, errors) = failed(pipeline.run());
    assert!(errors[0].contains("went away"), "{errors:?}");
    assert_eq!(report.status, RunStatus::Failed);
    assert_eq!(outcomes(&report), [Outcome::Failed]);
    let events = told.events();
    let is_told = |event: &Event| matches!(event, Event::RunFinished { status, .. } if *status == RunStatus::Failed);
    assert!(events.last().is_some_and(is_told), "{events:?}");
    Ok(())
}
