//! The kit's own promises: time and failures on purpose.

use std::time::Duration;

use pipe_core::Outcome;
use pipe_core::testing::{
    Failures, Recorder, TestClock, TestStore, assert_nothing_to_run, assert_resumes,
    assert_runs_once,
};
use polars::prelude::*;

use super::task::{Task, minutes, pipeline};
use crate::common::{Tested, failed, outcomes};

const MINUTE: Duration = Duration::from_mins(1);

#[test]
fn waits_take_no_time_and_are_told() -> Tested {
    let (store, clock) = (TestStore::new(), TestClock::new());
    let pipeline = pipeline(vec![("rated", Task::pass().tries(5), &["numbers"])])?
        .store(&store)
        .clock(&clock)
        .inject(Failures::new().at("rated", .., "service down"));
    let (report, errors) = failed(pipeline.run());
    assert_eq!(report.nodes[0].attempts, 5);
    assert!(errors[0].contains("failed after 5 attempts: service down"));
    assert_eq!(clock.waited(), (1 + 2 + 4 + 8) * MINUTE);
    // The waits are part of the time that the node took.
    assert!((report.nodes[0].seconds - 15.0 * 60.0).abs() < 1e-6);
    Ok(())
}

#[test]
fn nodes_that_wait_wait_together() -> Tested {
    let (store, clock) = (TestStore::new(), TestClock::new());
    let mut short = Task::pass();
    short.options.retry = Some(pipe_core::Retry {
        factor: 1.0,
        ..minutes(3)
    });
    let long = Task::pass().tries(3);
    let nodes: Vec<(_, _, &[&str])> =
        vec![("short", short, &["numbers"]), ("long", long, &["numbers"])];
    let failures = Failures::new()
        .at("short", 1..=2, "busy")
        .at("long", 1..=2, "busy");
    let pipeline = pipeline(nodes)?
        .store(&store)
        .clock(&clock)
        .inject(failures);
    assert_eq!(pipeline.run()?.report().ran(), ["short", "long"]);
    assert_eq!(clock.waited(), 3 * MINUTE);
    Ok(())
}

#[test]
fn each_failure_happens_where_it_was_asked_for() -> Tested {
    let (store, clock, told) = (TestStore::new(), TestClock::new(), Recorder::new());
    let task = || Task::pass().tries(3).timeout(10 * MINUTE);
    let nodes: Vec<(_, _, &[&str])> = vec![
        ("first", task(), &["numbers"]),
        ("second", task(), &["first"]),
        ("third", task(), &["second"]),
    ];
    let failures = Failures::new()
        .at_with("first", 2, || std::io::Error::other("not that one"))
        .panic_at("second", 1)
        .hang_at("third", 1..=2);
    let pipeline = pipeline(nodes)?.store(&store).clock(&clock);
    let pipeline = pipeline.record(&told).inject(failures);
    let run = pipeline.run()?;
    let attempts = run.report().nodes.iter().map(|node| node.attempts);
    assert_eq!(attempts.collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(told.attempts("third"), 3);
    assert!(told.errors("second")[0].starts_with("the step panicked: as was injected"));
    assert_eq!(told.errors("third"), ["it took longer than 600s"; 2]);
    // One minute before the second attempt at the second node; at the third two timeouts, and between
    // them and after them one minute and two.
    assert_eq!(clock.waited(), (1 + 20 + 3) * MINUTE);
    Ok(())
}

#[test]
fn a_node_that_hangs_without_a_timeout_is_told() -> Tested {
    let store = TestStore::new();
    let pipeline = pipeline(vec![("stuck", Task::pass(), &["numbers"])])?
        .store(&store)
        .inject(Failures::new().hang_at("stuck", 1));
    let (_, errors) = failed(pipeline.run());
    assert!(errors[0].contains("has no timeout"), "{errors:?}");
    Ok(())
}

#[test]
#[should_panic(expected = "pipeline `test` has no node `ratd`, did you mean `rated`?")]
fn failures_of_no_node_are_refused() {
    let pipeline = pipeline(vec![("rated", Task::pass(), &["numbers"])]).unwrap();
    let _ = pipeline.inject(Failures::new().at("ratd", 1, "service down"));
}

#[test]
fn a_run_resumes_after_what_was_injected() -> Tested {
    let store = TestStore::new();
    let nodes: Vec<(_, _, &[&str])> = vec![
        ("first", Task::pass(), &["numbers"]),
        ("second", Task::pass(), &["first"]),
    ];
    let pipeline = pipeline(nodes)?.store(&store);
    let broken = pipeline
        .clone()
        .inject(Failures::new().panic_at("second", 1));
    let (report, _) = failed(broken.run());
    assert_eq!(outcomes(&report), [Outcome::Ran, Outcome::Failed]);
    assert_eq!(pipeline.run()?.report().ran(), ["second"]);
    assert_nothing_to_run(&pipeline);
    assert_runs_once(&pipeline);
    assert_resumes(&pipeline);
    Ok(())
}

/// Gives something else each time it is called.
fn moody() -> Task {
    let calls = std::sync::atomic::AtomicI64::new(0);
    Task::new(move |_| {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Ok(df!("n" => [call])?.into())
    })
}

#[test]
#[should_panic(expected = "the result of node moody is not what the first run gave: row 0 is (n: ")]
fn other_results_after_a_failure_are_told() {
    assert_resumes(&pipeline(vec![("moody", moody(), &["numbers"])]).unwrap());
}

#[test]
#[should_panic(expected = "nothing should have run, but these did:\nfirst: no checkpoint")]
fn nodes_that_run_are_told() {
    let store = TestStore::new();
    let pipeline = pipeline(vec![("first", Task::pass(), &["numbers"])]).unwrap();
    assert_nothing_to_run(&pipeline.store(&store));
}
