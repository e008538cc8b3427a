//! Attempts that fail: by errors, by panics, by taking too long.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pipe_core::storage::{Folder, Operation, Watched};
use pipe_core::testing::{Recorder, TestClock, TestStore};
use pipe_core::{Outcome, StepOutput, Value, ValueKind, Where};
use polars::prelude::*;

use super::task::{Task, hear, minutes, pipeline};
use crate::common::{Anything, Tested, failed, ints, outcomes};

const MINUTE: Duration = Duration::from_mins(1);

/// A step that takes two minutes, and then goes on for as long as somebody waits for it.
fn slow(clock: &TestClock) -> Task {
    let clock = clock.clone();
    Task::new(move |mut inputs| {
        clock.advance(2 * MINUTE);
        while !inputs.context().is_cancelled() {
            std::thread::yield_now();
        }
        Ok(inputs.next_frame()?.into())
    })
}

#[test]
fn a_step_that_takes_too_long_fails() -> Tested {
    let (store, clock) = (TestStore::new(), TestClock::new());
    let slow = slow(&clock).timeout(MINUTE);
    let pipeline = pipeline(vec![("slow", slow, &["numbers"])])?;
    let (report, errors) = failed(pipeline.store(&store).clock(&clock).run());
    assert_eq!(outcomes(&report), [Outcome::Failed]);
    assert_eq!(
        errors,
        ["node `slow` (step `task`) failed: it took longer than 60s"]
    );
    assert!(store.files("test", "slow", "json").is_empty());
    Ok(())
}

/// The first attempt returns another result, after nobody waits for it any more.
#[test]
fn what_comes_too_late_is_not_stored() -> Tested {
    let (store, clock) = (TestStore::new(), TestClock::new());
    let (late, is_late) = channel();
    let (late, is_late) = (Mutex::new(late), Mutex::new(is_late));
    let turned = clock.clone();
    let task = Task::new(move |mut inputs| {
        let context = inputs.context().clone();
        let frame = inputs.next_frame()?;
        if context.attempt() > 1 {
            // Not before the first one is about to return.
            let is_late = is_late.lock().map_err(|_| "poisoned")?;
            hear(&is_late)?;
            return Ok(frame.into());
        }
        turned.advance(2 * MINUTE);
        while !context.is_cancelled() {
            std::thread::yield_now();
        }
        late.lock().map_err(|_| "poisoned")?.send(())?;
        Ok(frame.with_column(lit(0).alias("n")).into())
    });
    let slow = task.timeout(MINUTE).tries(2);
    let pipeline = pipeline(vec![("slow", slow, &["numbers"])])?;
    let run = pipeline.store(&store).clock(&clock).run()?;
    assert_eq!(run.report().nodes[0].attempts, 2);
    let found = run.node("slow").ok_or("it is there")?;
    assert_eq!(ints(found, "n"), [Some(1), Some(2), Some(3)]);
    assert_eq!(store.files("test", "slow", "json").len(), 1);
    Ok(())
}

#[cfg(feature = "async")]
#[test]
fn a_future_that_takes_too_long_is_dropped() -> Tested {
    struct Tell(std::sync::mpsc::Sender<()>);
    impl Drop for Tell {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (store, clock) = (TestStore::new(), TestClock::new());
    let (dropped, is_dropped) = channel();
    let turned = clock.clone();
    let slow = Task::on_runtime(move |_| {
        let (turned, tell) = (turned.clone(), Tell(dropped.clone()));
        Box::pin(async move {
            let _tell = tell;
            turned.advance(2 * MINUTE);
            std::future::pending().await
        })
    });
    let pipeline = pipeline(vec![("slow", slow.timeout(MINUTE), &["numbers"])])?;
    let (_, errors) = failed(pipeline.store(&store).clock(&clock).run());
    assert!(errors[0].ends_with("it took longer than 60s"), "{errors:?}");
    hear(&is_dropped).map_err(|error| error as Anything)
}

#[test]
fn a_panic_is_told_with_its_place() -> Tested {
    let in_step = Task::new(|_| panic!("there is no row {}", 7));
    let in_query = Task::new(|mut inputs| {
        // On a thread of Polars.
        let panics = |_: Column| -> PolarsResult<Column> { panic!("there is no cell 8") };
        let keep = |_: &Schema, field: &Field| Ok(field.clone());
        let numbers = inputs.next_frame()?;
        Ok(numbers.with_column(col("n").map(panics, keep)).into())
    });
    for (task, message) in [
        (in_step, "there is no row 7"),
        (in_query, "there is no cell 8"),
    ] {
        for memory in [0, u64::MAX] {
            let store = TestStore::new();
            let pipeline = pipeline(vec![("bad", task.clone(), &["numbers"])])?;
            let (_, errors) = failed(pipeline.store(&store).memory(memory).run());
            let told = format!("failed: the step panicked: {message} (at ");
            assert!(errors[0].contains(&told), "{errors:?}");
            assert!(errors[0].contains("attempts.rs:"), "{errors:?}");
        }
    }
    Ok(())
}

#[cfg(feature = "async")]
#[test]
fn a_panic_on_the_runtime_is_told_with_its_place() -> Tested {
    let store = TestStore::new();
    let bad = Task::on_runtime(|_| Box::pin(async { panic!("there is no page 9") }));
    let pipeline = pipeline(vec![("bad", bad, &["numbers"])])?;
    let (_, errors) = failed(pipeline.store(&store).run());
    assert!(
        errors[0].contains("the step panicked: there is no page 9 (at "),
        "{errors:?}"
    );
    assert!(errors[0].contains("attempts.rs:"), "{errors:?}");
    Ok(())
}

#[test]
fn the_last_error_has_the_history_of_errors_panics_and_timeouts() -> Tested {
    let (store, clock, told) = (TestStore::new(), TestClock::new(), Recorder::new());
    let turned = clock.clone();
    let bad = Task::new(move |inputs| match inputs.context().attempt() {
        1 => Err("the service is busy".into()),
        2 => panic!("no row"),
        3 => {
            turned.advance(2 * MINUTE);
            while !inputs.context().is_cancelled() {
                std::thread::yield_now();
            }
            Err("too late".into())
        }
        _ => Err("the service is gone".into()),
    });
    let bad = bad.tries(4).timeout(MINUTE);
    let pipeline = pipeline(vec![("bad", bad, &["numbers"])])?;
    let pipeline = pipeline.store(&store).clock(&clock).record(&told);
    let (report, errors) = failed(pipeline.run());
    assert_eq!(report.nodes[0].attempts, 4);
    let lines: Vec<_> = errors[0].lines().collect();
    assert_eq!(
        lines[0],
        "node `bad` (step `task`) failed after 4 attempts: the service is gone"
    );
    assert_eq!(lines[1], "  attempt 1: the service is busy");
    assert!(lines[2].starts_with("  attempt 2: the step panicked: no row (at "));
    assert_eq!(lines[3], "  attempt 3: it took longer than 60s");
    assert_eq!(lines.len(), 4);
    assert_eq!(told.errors("bad").len(), 4);
    assert_eq!(clock.waited(), 7 * MINUTE);
    Ok(())
}

#[test]
fn errors_that_do_not_pass_are_not_tried_again() -> Tested {
    let (store, clock) = (TestStore::new(), TestClock::new());
    let is_busy = |error: &pipe_core::StepError| error.to_string().contains("busy");
    let mut bad = Task::new(|inputs| match inputs.context().attempt() {
        1 => Err("the service is busy".into()),
        // Whatever the rule says, a panic may be of the moment.
        2 => panic!("no row"),
        _ => Err("no such table".into()),
    });
    bad.options.retry = Some(pipe_core::Retry {
        when: Some(is_busy),
        ..minutes(9)
    });
    let pipeline = pipeline(vec![("bad", bad, &["numbers"])])?;
    let (report, errors) = failed(pipeline.store(&store).clock(&clock).run());
    assert_eq!(report.nodes[0].attempts, 3);
    assert!(
        errors[0].contains("failed after 3 attempts: no such table"),
        "{errors:?}"
    );
    Ok(())
}

/// The step, its query and the storage fail in turn.
#[test]
fn whatever_fails_there_is_one_budget() -> Tested {
    let (folder, clock) = (TestStore::new(), TestClock::new());
    let third = Arc::new(AtomicUsize::new(0));
    let publishes = third.clone();
    let storage = Watched::new(Arc::new(Folder::new(folder.path())), move |operation| {
        // What is published in the third attempt of the first run.
        let (now, away) = (Ordering::SeqCst, std::io::Error::other("the disk is away"));
        match operation {
            Operation::Publish if publishes.compare_exchange(1, 2, now, now).is_ok() => Err(away),
            _ => Ok(()),
        }
    });
    let flaky = Task::new(move |mut inputs| {
        let attempt = inputs.context().attempt();
        if attempt == 3 {
            third.fetch_max(1, Ordering::SeqCst);
        }
        let frame = inputs.next_frame()?;
        let fails = |_: DataFrame| polars_bail!(ComputeError: "the query is bad");
        match attempt {
            1 => Err("the service is busy".into()),
            2 => Ok(frame
                .map(fails, AllowedOptimizations::default(), None, Some("fails"))
                .into()),
            _ => Ok(StepOutput::from(frame)),
        }
    });
    let pipeline = pipeline(vec![("flaky", flaky.tries(3), &["numbers"])])?;
    let pipeline = pipeline.store(storage).clock(&clock);
    let (report, errors) = failed(pipeline.run());
    assert_eq!(report.nodes[0].attempts, 3);
    assert!(errors[0].contains("failed after 3 attempts"), "{errors:?}");
    assert!(errors[0].contains("the disk is away"), "{errors:?}");
    // The storage is there again, and the step fails twice before it does not.
    assert_eq!(pipeline.run()?.report().nodes[0].attempts, 3);
    Ok(())
}

#[test]
fn a_context_knows_its_node_and_its_attempt() -> Tested {
    let (store, clock, told) = (TestStore::new(), TestClock::new(), Recorder::new());
    let flaky = Task::new(|mut inputs| {
        let context = inputs.context().clone();
        context.log(format!(
            "attempt {} at {}",
            context.attempt(),
            context.node()
        ));
        if context.attempt() == 1 {
            return Err("not yet".into());
        }
        Ok(inputs.next_frame()?.into())
    });
    let pipeline = pipeline(vec![("flaky", flaky.tries(2), &["numbers"])])?;
    pipeline.store(&store).clock(&clock).record(&told).run()?;
    assert_eq!(
        told.messages("flaky"),
        ["attempt 1 at flaky", "attempt 2 at flaky"]
    );
    Ok(())
}

#[test]
fn where_a_step_runs_changes_no_key() -> Tested {
    let store = TestStore::new();
    let mut task = Task::pass();
    let first = pipeline(vec![("same", task.clone(), &["numbers"])])?;
    assert_eq!(first.store(&store).run()?.report().ran(), ["same"]);
    if cfg!(feature = "async") {
        task.options.place = Where::Async;
    }
    let task = task.tries(3).timeout(MINUTE).takes("db", 1);
    let second = pipeline(vec![("same", task, &["numbers"])])?;
    assert!(second.store(&store).run()?.report().ran().is_empty());
    Ok(())
}

/// The dispatcher does them itself; whatever they do then must come to the same.
#[test]
fn many_quick_nodes_fail_and_are_tried_again_like_others() -> Tested {
    const LENGTH: usize = 200;
    for end in ["well", "error", "panic"] {
        let store = TestStore::new();
        let clock = TestClock::new();
        let first = Task::value(|_| Ok(0));
        let mut builder = pipe_core::Pipeline::builder("quick")
            .packages(pipe_core::packages!())
            .source("numbers", crate::common::numbers(&[1]))
            .step_on("n0", first, ["numbers"])
            .checkpoint(false);
        for i in 1..LENGTH {
            let next = Task::value(move |mut inputs| {
                let first = inputs.context().attempt() == 1;
                let number = *inputs.next_value::<i64>()?;
                match end {
                    "error" if i == 150 && first => Err("down".into()),
                    "panic" if i == 150 => panic!("node {i}"),
                    _ => Ok(number + 1),
                }
            });
            let name = format!("n{i}");
            let before = format!("n{}", i - 1);
            builder = builder
                .step_on(name, next.tries(2), [before])
                .checkpoint(false);
        }
        let run = builder.build()?.store(&store).clock(&clock).run();
        match end {
            "panic" => {
                let error = run.err().ok_or("a panic")?;
                assert!(
                    error
                        .to_string()
                        .contains("the step panicked: node 150 (at "),
                    "{error}"
                );
                let report = error.report().ok_or("a report")?;
                assert_eq!(report.with(Outcome::Failed), ["n150"]);
                assert_eq!(report.nodes[150].attempts, 2);
                assert_eq!(report.with(Outcome::Ran).len(), 150);
            }
            _ => {
                let run = run?;
                let last = run
                    .value::<i64>(&format!("n{}", LENGTH - 1))
                    .ok_or("a value")?;
                assert_eq!(*last, i64::try_from(LENGTH)? - 1);
                assert_eq!(
                    run.report().nodes[150].attempts,
                    if end == "error" { 2 } else { 1 }
                );
                assert_eq!(run.report().ran().len(), LENGTH);
            }
        }
    }
    Ok(())
}

#[test]
fn a_step_that_never_stops_talking_is_timed_out() -> Tested {
    let (store, clock) = (TestStore::new(), TestClock::new());
    let turned = clock.clone();
    let talks = Task::new(move |mut inputs| {
        turned.advance(2 * MINUTE);
        // More often than anybody listens.
        for _ in 0..200_000 {
            if inputs.context().is_cancelled() {
                break;
            }
            inputs.context().log("still here");
        }
        Ok(inputs.next_frame()?.into())
    });
    let pipeline = pipeline(vec![("talks", talks.timeout(MINUTE), &["numbers"])])?;
    let (_, errors) = failed(pipeline.store(&store).clock(&clock).run());
    assert!(errors[0].ends_with("it took longer than 60s"), "{errors:?}");
    Ok(())
}

#[test]
fn a_time_that_never_passes_is_no_timeout_and_no_wait() -> Tested {
    let store = TestStore::new();
    let patient = Task::pass().timeout(Duration::MAX);
    let mut bad = Task::new(|_| Err("down".into()));
    bad.options.retry = Some(pipe_core::Retry {
        base: Duration::MAX,
        max: Duration::MAX,
        jitter: 0.0,
        ..pipe_core::Retry::new(2)
    });
    let pipeline = pipeline(vec![
        ("patient", patient, &["numbers"]),
        ("bad", bad, &["numbers"]),
    ])?;
    let (report, errors) = failed(pipeline.store(&store).run());
    assert_eq!(outcomes(&report), [Outcome::Ran, Outcome::Failed]);
    assert_eq!(errors, ["node `bad` (step `task`) failed: down"]);
    Ok(())
}

#[test]
fn what_is_lost_between_attempts_has_the_history_of_those_before() -> Tested {
    let (store, clock) = (Arc::new(TestStore::new()), TestClock::new());
    let nodes = |parameter| {
        let given = store.clone();
        let mut bad = Task::new(move |_| {
            for file in given.files("test", "number", "json") {
                std::fs::remove_file(file)?;
            }
            Err("the service is busy".into())
        });
        bad.parameter = parameter;
        let number = Task::value(|_| Ok(1));
        vec![
            ("number", number, &["numbers"] as &[_]),
            ("bad", bad.tries(3), &["number"]),
        ]
    };
    // The first run has it in memory, the second one in the store only.
    pipeline(nodes(0).drain(..1).collect())?
        .store(&*store)
        .run()?;
    let again = pipeline(nodes(1))?.store(&*store).clock(&clock);
    let (_, errors) = failed(again.run());
    let lines: Vec<_> = errors[0].lines().collect();
    assert!(
        lines[0].contains("failed after 2 attempts: the checkpoint of node `number` went away"),
        "{errors:?}"
    );
    assert_eq!(lines[1], "  attempt 1: the service is busy");
    Ok(())
}

#[test]
fn a_result_that_is_not_what_it_should_be_is_not_tried_again() -> Tested {
    let value = |value: f64| Task::new(move |_| Ok(Value::new(value).into()));
    let number = ValueKind::of::<f64>();
    for (task, problem) in [
        (
            value(0.5),
            "the step says that it returns a frame, but returned a `f64`",
        ),
        (
            Task::pass().returns(number),
            "the step says that it returns a `f64`, but returned a frame",
        ),
        (
            value(f64::NAN).returns(number),
            "the value of type `f64` cannot be read once it was stored as JSON: ",
        ),
    ] {
        let (store, clock) = (TestStore::new(), TestClock::new());
        let pipeline = pipeline(vec![("result", task.tries(3), &["numbers"])])?;
        let (report, errors) = failed(pipeline.store(&store).clock(&clock).run());
        assert_eq!(report.nodes[0].attempts, 1);
        assert!(errors[0].contains(problem), "{errors:?}");
    }
    Ok(())
}
