//! Nodes that fail.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use pipe_core::contract::Flow;
use pipe_core::graph::NodeOptions;
use pipe_core::{Event, Outcome, Retry, RunError, RunStatus};
use polars::prelude::*;

use crate::common::*;

use Outcome::{Failed, Ran, Reused, Skipped};

#[test]
fn a_run_resumes_after_a_failure() -> Tested {
    let (scratch, table) = (Scratch::new(), Table::numbers(&[1]));
    let first = Act::plus(1);
    let broken = Arc::new(Mutex::new(true));
    let is_broken = broken.clone();
    let second = Act::new("fragile", move |frames| {
        if *is_broken.lock().unwrap() {
            Err("the network is down".into())
        } else {
            only(frames)
        }
    });
    let pipeline = pipeline(
        &scratch,
        &table,
        &[
            ("first", &first, &["numbers"]),
            ("second", &second, &["first"]),
        ],
    );
    let (report, errors) = failed(pipeline.run());
    assert_eq!(outcomes(&report), [Ran, Failed]);
    assert_eq!(report.status, RunStatus::Failed);
    assert_eq!(
        errors,
        ["node `second` (step `fragile`) failed: the network is down"]
    );
    assert!(scratch.files("second", "parquet").is_empty());

    *broken.lock().unwrap() = false;
    let run = pipeline.run()?;
    assert_eq!(outcomes(run.report()), [Reused, Ran]);
    assert_eq!(first.calls(), 1);
    Ok(())
}

#[test]
fn a_failure_stops_only_what_needs_it() -> Tested {
    let (scratch, table) = (Scratch::new(), Table::numbers(&[1]));
    let bad = Act::new("bad", |_| Err("no".into()));
    let pipeline = pipe_core::Pipeline::builder("test")
        .input("numbers", table)
        .step_on("bad", bad, ["numbers"])
        .step_on("needs_bad", Act::plus(1), ["bad"])
        .step_on("sibling", Act::plus(1), ["numbers"])
        .outputs(["needs_bad", "sibling"])
        .build()?
        .store(scratch.path());
    let (report, _) = failed(pipeline.run());
    assert_eq!(outcomes(&report), [Failed, Skipped, Ran]);
    assert_eq!(report.nodes[1].reason, "input bad has no result");
    assert_eq!(scratch.files("sibling", "json").len(), 1);
    Ok(())
}

#[test]
fn a_plan_that_fails_stops_what_it_is_part_of() -> Tested {
    let scratch = Scratch::new();
    let pipeline = pipe_core::Pipeline::builder("test")
        .input("numbers", Table::numbers(&[1]))
        .step("plan", Act::new("bad", |_| Err("no".into())))
        .checkpoint(false)
        .step("user", Act::plus(1))
        .build()?
        .store(scratch.path());
    let (report, errors) = failed(pipeline.run());
    assert_eq!(outcomes(&report), [Failed, Skipped]);
    assert_eq!(errors.len(), 1);
    Ok(())
}

#[test]
fn a_panic_is_the_nodes_error() {
    let (scratch, table) = (Scratch::new(), Table::numbers(&[1]));
    let eager = Act::new("eager", |_| panic!("index {} is out of range", 7));
    let lazy = Act::new("lazy", |frames| {
        let bad = |_: DataFrame| -> PolarsResult<DataFrame> { panic!("in the middle of a query") };
        Ok(only(frames)?.map(bad, AllowedOptimizations::default(), None, Some("panics")))
    });
    for (step, message) in [
        (eager, "the step panicked: index 7 is out of range"),
        (lazy, "in the middle of a query"),
    ] {
        let pipeline = pipeline(&scratch, &table, &[("made", &step, &["numbers"])]);
        let (report, errors) = failed(pipeline.run());
        assert_eq!(outcomes(&report), [Failed]);
        assert!(errors[0].contains(message), "{}", errors[0]);
        assert!(scratch.files("made", "parquet").is_empty());
        assert!(scratch.files("made", "staged").is_empty());
    }
}

/// Fails before the given attempt: in the step first, then in its query.
fn fails_until(attempt: usize) -> Act {
    let calls = AtomicUsize::new(0);
    Act::new("flaky", move |frames| {
        let call = calls.fetch_add(1, Ordering::Relaxed) + 1;
        match only(frames)? {
            _ if call == 1 && attempt > 1 => Err("not yet".into()),
            frame if call < attempt => {
                let bad = |_: DataFrame| polars_bail!(ComputeError: "nor yet");
                Ok(frame.map(bad, AllowedOptimizations::default(), None, Some("not yet")))
            }
            frame => Ok(frame),
        }
    })
}

#[test]
fn a_step_is_tried_again() -> Tested {
    let (scratch, table) = (Scratch::new(), Table::numbers(&[1]));
    let flaky = fails_until(3).retries(3);
    let waits = Arc::new(Mutex::new(Vec::new()));
    let heard = waits.clone();
    let pipeline =
        pipeline(&scratch, &table, &[("made", &flaky, &["numbers"])]).on_event(move |event| {
            if let Event::NodeRetrying {
                attempt, attempts, ..
            } = event
            {
                heard.lock().unwrap().push((*attempt, *attempts));
            }
        });
    let run = pipeline.run()?;
    assert_eq!(run.report().nodes[0].attempts, 3);
    assert_eq!(*waits.lock().unwrap(), [(1, 3), (2, 3)]);
    Ok(())
}

#[test]
fn the_last_error_tells_of_the_attempts_before() {
    let (scratch, table) = (Scratch::new(), Table::numbers(&[1]));
    let calls = AtomicUsize::new(0);
    let bad = Act::new("bad", move |_| {
        Err(format!("error {}", calls.fetch_add(1, Ordering::Relaxed) + 1).into())
    });
    let pipeline = pipeline(&scratch, &table, &[("made", &bad.retries(3), &["numbers"])]);
    let (report, errors) = failed(pipeline.run());
    assert_eq!(report.nodes[0].attempts, 3);
    assert_eq!(
        errors,
        [
            "node `made` (step `bad`) failed after 3 attempts: error 3\n  attempt 1: error 1\n  attempt 2: error 2"
        ]
    );
}

#[test]
fn sources_are_asked_whether_they_are_to_blame() {
    let (scratch, table) = (Scratch::new(), Table::numbers(&[1]));
    let fails = Act::new("fails", |frames| {
        let bad = |_: DataFrame| polars_bail!(ComputeError: "BLAME THE SOURCE");
        Ok(only(frames)?.map(bad, AllowedOptimizations::default(), None, Some("blames")))
    });
    let pipeline = pipeline(&scratch, &table, &[("made", &fails, &["numbers"])]);
    let (_, errors) = failed(pipeline.run());
    assert!(errors[0].contains("numbers.csv, line 3"), "{}", errors[0]);
}

#[test]
fn broken_sources_are_told_together_before_anything_runs() -> Tested {
    let scratch = Scratch::new();
    let (one, two) = (Table::numbers(&[1]), Table::numbers(&[1]));
    *one.lost.lock().unwrap() = true;
    *two.lost.lock().unwrap() = true;
    let step = Act::new("both", only);
    let first = Act::plus(1);
    let pipeline = pipe_core::Pipeline::builder("test")
        .input("good", Table::numbers(&[1]))
        .input("one", one)
        .input("two", two)
        .step_on("first", first.clone(), ["good"])
        .step_on("made", step, ["first", "one", "two"])
        .build()?
        .store(scratch.path());
    match pipeline.run() {
        Err(RunError::Sources(errors)) => assert_eq!(errors.len(), 2),
        other => panic!("{other:?}"),
    }
    assert_eq!(first.calls(), 0);
    Ok(())
}

#[test]
fn a_source_that_changes_while_it_is_read_stores_nothing() -> Tested {
    let (scratch, table) = (Scratch::new(), Table::numbers(&[1]));
    let (during, once) = (table.clone(), AtomicUsize::new(0));
    let step = Act::new("slow", move |frames| {
        if once.fetch_add(1, Ordering::Relaxed) == 0 {
            during.replace(numbers(&[2]));
        }
        only(frames)
    });
    let pipeline = pipeline(&scratch, &table, &[("made", &step, &["numbers"])]);
    let (_, errors) = failed(pipeline.run());
    assert!(
        errors[0].contains("source numbers.csv changed while it was read"),
        "{}",
        errors[0]
    );
    assert!(scratch.files("made", "json").is_empty());
    assert_eq!(ints(pipeline.run()?.output(), "n"), [Some(2)]);
    Ok(())
}

#[test]
fn the_options_of_a_node_say_how_often() -> Tested {
    let (scratch, table) = (Scratch::new(), Table::numbers(&[1]));
    let step = fails_until(2).retries(1);
    let retry = Retry {
        base: std::time::Duration::ZERO,
        ..Retry::new(2)
    };
    let options = NodeOptions {
        retry: Some(retry),
        ..NodeOptions::default()
    };
    let pipeline = promised_with(&scratch, &table, None, &step, Flow::UNKNOWN, options);
    assert_eq!(pipeline.run()?.report().nodes[0].attempts, 2);
    Ok(())
}

#[derive(Debug, thiserror::Error)]
#[error("cannot fetch the rates")]
struct Fetch(#[source] std::io::Error);

#[test]
fn causes_are_told() {
    let (scratch, table) = (Scratch::new(), Table::numbers(&[1]));
    let step = Act::new("fetch", |_| {
        Err(Fetch(std::io::Error::other("connection refused")).into())
    });
    let pipeline = pipeline(&scratch, &table, &[("made", &step, &["numbers"])]);
    let Err(RunError::Failed { report, failures }) = pipeline.run() else {
        panic!("the step fails");
    };
    let told = report.nodes[0].error.as_deref();
    assert_eq!(told, Some("cannot fetch the rates: connection refused"));
    assert_eq!(
        failures[0].to_string(),
        "node `made` (step `fetch`) failed: cannot fetch the rates"
    );
    let cause = std::error::Error::source(&failures[0]).map(ToString::to_string);
    assert_eq!(cause.as_deref(), Some("connection refused"));
}
