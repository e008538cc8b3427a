//! What every pipeline should keep to.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;

use super::frames::difference_of_rows;
use super::{Failures, TestClock, TestStore};
use crate::exec::{Outcome, RunError, RunReport};
use crate::graph::Graph;
use crate::pipeline::{Pipeline, PipelineDef, Run};
use crate::step::StepOutput;

/// Runs a pipeline twice, and panics if the second run had anything to run: then a key changes that
/// should not, because of a random parameter or a source that changes while it is read.
///
/// Results that are not stored are computed each time, and do not count.
///
/// # Panics
///
/// When a run fails, or the second one runs a step whose result is stored.
#[track_caller]
pub fn assert_runs_once<D: PipelineDef>(pipeline: &Pipeline<D>) {
    succeed("the first run", pipeline);
    assert_nothing_to_run(pipeline);
}

/// Runs a pipeline, and panics if there was anything to run.
///
/// # Panics
///
/// When the run fails, or runs a step whose result is stored.
#[track_caller]
pub fn assert_nothing_to_run<D: PipelineDef>(pipeline: &Pipeline<D>) {
    let run = succeed("the run", pipeline);
    let again = ran_with_checkpoint(pipeline.graph(), run.report());
    if !again.is_empty() {
        let told: Vec<_> = again
            .iter()
            .map(|(node, reason)| format!("{node}: {reason}"))
            .collect();
        panic!(
            "nothing should have run, but these did:\n{}",
            told.join("\n")
        );
    }
}

/// Panics unless a pipeline gives the same results in whatever way it comes to them: into an empty
/// store, from a complete one, and resumed after a failure, at each of its nodes in turn. A resumed run
/// must not run again what was stored before the failure.
///
/// It runs in stores of its own, twice for each node and some more, and does not wait between attempts.
/// Rows may stand in another order, and floats differ in their last digits.
///
/// ```
/// use pipe_core::prelude::*;
/// use pipe_core::steps::{AddColumn, Filter};
/// use pipe_core::testing::assert_resumes;
///
/// let pipeline = Pipeline::builder("tripled")
///     .source("data", df!("value" => [1_i64, 2, 3])?)
///     .step("tripled", AddColumn::new("value", "tripled", 3))
///     .step("large", Filter::gt("tripled", 5))
///     .build()?;
/// assert_resumes(&pipeline);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
///
/// When results differ, something runs again, or a run fails where it should not.
#[track_caller]
pub fn assert_resumes<D: PipelineDef>(pipeline: &Pipeline<D>) {
    let pipeline = pipeline.clone().clock(&TestClock::new());
    let store = TestStore::new();
    let cold = pipeline.clone().store(&store);
    let run = succeed("the run into an empty store", &cold);
    let (ran, expected) = (run.report().clone(), results("the first run", &cold, &run));

    let what = "the run from a complete store";
    let warm = succeed(what, &cold);
    same_results(what, &results(what, &cold, &warm), &expected);
    let again = ran_with_checkpoint(cold.graph(), warm.report());
    assert!(again.is_empty(), "{what} ran again: {}", names(&again));

    for node in ran.ran() {
        let store = TestStore::new();
        let resumed = pipeline.clone().store(&store);
        let failures = Failures::new().at(node, .., "as was injected");
        let before = match resumed.clone().inject(failures).run() {
            Err(RunError::Failed { report, .. }) => report,
            Ok(_) => panic!("node {node} was made to fail, but the run succeeded"),
            Err(error) => panic!("node {node} was made to fail, but the run ended with: {error}"),
        };
        let what = format!("the run after a failure at node {node}");
        let run = succeed(&what, &resumed);
        same_results(&what, &results(&what, &resumed, &run), &expected);
        let stored = ran_with_checkpoint(pipeline.graph(), &before);
        let mut again = ran_with_checkpoint(pipeline.graph(), run.report());
        again.retain(|node, _| stored.contains_key(node));
        assert!(
            again.is_empty(),
            "{what} ran again what was stored: {}",
            names(&again)
        );
    }
}

#[track_caller]
fn succeed<D: PipelineDef>(what: &str, pipeline: &Pipeline<D>) -> Run<D> {
    match pipeline.run() {
        Ok(run) => run,
        Err(error) => panic!(
            "{what} of pipeline `{}` failed: {error}",
            pipeline.graph().name
        ),
    }
}

/// The nodes that ran and whose results are stored, and why they ran.
fn ran_with_checkpoint(graph: &Graph, report: &RunReport) -> BTreeMap<String, String> {
    let nodes = report.nodes.iter().zip(&graph.nodes);
    nodes
        .filter(|(report, node)| report.outcome == Outcome::Ran && node.options.checkpoint)
        .map(|(report, _)| (report.name.clone(), report.reason.clone()))
        .collect()
}

fn names(nodes: &BTreeMap<String, String>) -> String {
    let names: Vec<_> = nodes.keys().map(String::as_str).collect();
    names.join(", ")
}

enum Result {
    Frame(DataFrame),
    Value(String),
}

/// What a run has of its nodes.
#[track_caller]
fn results<D: PipelineDef>(
    what: &str,
    pipeline: &Pipeline<D>,
    run: &Run<D>,
) -> BTreeMap<String, Result> {
    let mut results = BTreeMap::new();
    for node in &pipeline.graph().nodes {
        let result = match run.result(&node.name) {
            Some(StepOutput::Value(value)) => value
                .json()
                .map(|json| Result::Value(String::from_utf8_lossy(&json).into_owned()))
                .map_err(|error| error.to_string()),
            Some(output) => match output.frame().map(crate::engine::collect) {
                Some(frame) => frame.map(Result::Frame).map_err(|error| error.to_string()),
                None => continue,
            },
            None => continue,
        };
        match result {
            Ok(result) => results.insert(node.name.clone(), result),
            Err(error) => panic!(
                "{what}: the result of node {} cannot be read: {error}",
                node.name
            ),
        };
    }
    results
}

#[track_caller]
fn same_results(what: &str, found: &BTreeMap<String, Result>, expected: &BTreeMap<String, Result>) {
    for (node, found) in found {
        let difference = match (found, expected.get(node)) {
            (Result::Frame(found), Some(Result::Frame(expected))) => {
                difference_of_rows(found, expected)
            }
            (Result::Value(found), Some(Result::Value(expected))) => {
                (found != expected).then(|| format!("it is {found}, but expected is {expected}"))
            }
            (_, None) => None,
            _ => Some("it is a frame in one and a value in the other".to_owned()),
        };
        if let Some(difference) = difference {
            panic!(
                "{what}: the result of node {node} is not what the first run gave: {difference}"
            );
        }
    }
}
