//! Steps that return values, take them, and run asynchronously; pipelines that return values.

#![allow(clippy::unnecessary_wraps, reason = "results are what is tested")]

use std::collections::BTreeMap;

use pipe_core::prelude::*;
use pipe_core::{OutputKind, StepOptions, Where};
use serde::{Deserialize, Serialize};

#[derive(Schema)]
struct Flight {
    carrier: String,
    delay: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Model {
    mean: f64,
}

type Answer<T> = Result<T, String>;
type AnswerResult<T> = Result<T, String>;

#[step]
fn multiply_by_two(x: i64) -> i64 {
    x * 2
}

#[step]
fn add_five(x: &i64) -> i64 {
    x + 5
}

/// A value of a frame, which may fail; the columns that it makes are its own business.
#[step(reads(delay: Option<i64>))]
fn train(flights: LazyFrame) -> PolarsResult<Model> {
    let means = flights
        .select([col("delay").mean().alias("mean")])
        .collect()?;
    let mean = means.column("mean")?.f64()?.get(0).unwrap_or(0.0);
    Ok(Model { mean })
}

/// A result by another name.
#[step]
fn names(_flights: Frame<Flight>) -> AnswerResult<Vec<String>> {
    Ok(Vec::new())
}

/// A frame in a result by another name.
#[step]
fn kept(flights: LazyFrame) -> Answer<LazyFrame> {
    Ok(flights.reverse())
}

/// Values before and behind frames, and the context where it likes.
#[step(reads(delay: Option<i64>), adds(above: Option<bool>))]
fn score(
    model: &Model,
    _: &StepContext,
    flights: LazyFrame,
    names: &Vec<String>,
    by: f64,
) -> LazyFrame {
    let _ = names;
    flights.with_column(col("delay").gt(lit(model.mean + by)).alias("above"))
}

#[step]
fn write(rows: DataFrame, path: String) -> Result<WrittenFile, StepError> {
    std::fs::write(&path, rows.height().to_string())?;
    Ok(WrittenFile::new(path)?)
}

#[step]
fn sizes(files: &Vec<WrittenFile>) -> BTreeMap<String, u64> {
    let name = |file: &WrittenFile| file.path().display().to_string();
    files
        .iter()
        .map(|file| (name(file), file.bytes()))
        .collect()
}

#[step]
fn both(first: &WrittenFile, second: &WrittenFile) -> Vec<WrittenFile> {
    vec![first.clone(), second.clone()]
}

#[derive(Debug)]
struct Busy(bool);

impl std::fmt::Display for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "busy: {}", self.0)
    }
}

impl std::error::Error for Busy {}

fn is_transient(error: &Busy) -> bool {
    error.0
}

mod errors {
    #[expect(clippy::ptr_arg, reason = "it is given the error itself")]
    pub(super) fn is_short(error: &String) -> bool {
        error.len() < 5
    }
}

#[step(
    retry(attempts = 3, base = "10ms", max = "1s", factor = 1.5, jitter = 0.5, when = is_transient),
    timeout = "30s",
    resources(db = 1, gpu = 2),
)]
async fn fetch(model: &Model, context: &StepContext, page: u64) -> Result<String, Busy> {
    std::future::ready(()).await;
    if page == 0 {
        return Err(Busy(true));
    }
    Ok(format!(
        "{} of {} in {}",
        page,
        model.mean,
        context.attempt()
    ))
}

#[step(retry(attempts = 2, when = errors::is_short), process)]
fn parse(text: &String) -> Result<u64, String> {
    text.parse().map_err(|_| format!("no number: {text}"))
}

pipeline! {
    fn double(x: i64) -> i64 {
        let doubled = multiply_by_two(x);
        let sum = add_five(doubled);
        sum
    }

    fn scored(
        flights: Frame<Flight>,
        by: f64 = 1.5,
    ) -> (LazyFrame, Model, Frame<Flight>, BTreeMap<String, u64>, u64) {
        #[timeout("1m")]
        #[retry(attempts = 5)]
        let model = train(flights);
        let names = names(flights);
        let kept = kept(flights);
        let scored = score(names = names, flights = kept, model = model, by = by);
        let first = write(scored, "first.txt");
        #[checkpoint(false)]
        let second = write(path = "second.txt", rows = flights);
        let files = both(first, second);
        let sizes = sizes(files);
        let page = fetch(model, 1);
        let parsed = parse(page);
        (scored, model, flights, sizes, parsed)
    }
}

#[test]
fn functions_stay_what_they_are() {
    assert_eq!(add_five(&multiply_by_two(3)), 11);
    assert!(kept(LazyFrame::default()).is_ok());
}

fn options(step: &dyn Step) -> StepOptions {
    step.options()
}

#[test]
fn options_are_what_was_said() {
    let fetch = options(&FetchStep { page: 1 });
    let retry = fetch.retry.expect("retries");
    let seconds = (retry.base.as_secs_f64(), retry.max.as_secs_f64());
    assert_eq!(
        (retry.attempts, seconds, retry.factor, retry.jitter),
        (3, (0.01, 1.0), 1.5, 0.5)
    );
    assert_eq!(fetch.timeout.expect("a timeout").as_secs(), 30);
    assert_eq!(
        fetch.resources,
        [("db".to_owned(), 1), ("gpu".to_owned(), 2)]
    );
    assert_eq!(fetch.place, Where::Async);
    assert_eq!(options(&ParseStep {}).place, Where::Process);
    let plain = options(&AddFiveStep {});
    assert!(plain.retry.is_none() && plain.timeout.is_none() && plain.resources.is_empty());
    assert_eq!(plain.place, Where::Thread);
}

#[test]
fn a_step_says_what_it_returns() {
    let kind = |step: &dyn Step| match step.output() {
        OutputKind::Frame => "a frame".to_owned(),
        OutputKind::Value(kind) => kind.type_name().to_owned(),
    };
    assert_eq!(kind(&AddFiveStep {}), "i64");
    assert!(kind(&TrainStep {}).ends_with("::Model"));
    assert_eq!(
        kind(&NamesStep {}),
        "alloc::vec::Vec<alloc::string::String>"
    );
    assert_eq!(kind(&KeptStep {}), "a frame");
}

#[test]
fn values_go_in_and_out() -> Result<(), StepError> {
    let value = |output: pipe_core::StepOutput| output.value().and_then(|value| value.get::<i64>());
    let doubled = MultiplyByTwoStep { x: 3 }.process(Inputs::new(Vec::<LazyFrame>::new()))?;
    assert_eq!(value(doubled.clone()).as_deref(), Some(&6));
    let sum = AddFiveStep {}.process(Inputs::new(vec![doubled]))?;
    assert_eq!(value(sum.clone()).as_deref(), Some(&11));
    let wrong = ParseStep {}.process(Inputs::new(vec![sum]));
    let wrong = wrong
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(wrong.contains("`alloc::string::String`"), "{wrong}");
    Ok(())
}

#[test]
fn only_errors_that_may_pass_are_tried_again() -> Result<(), StepError> {
    let when = options(&ParseStep {}).retry.and_then(|retry| retry.when);
    let when = when.ok_or("nothing is asked")?;
    let text = pipe_core::Value::new("twelve".to_owned());
    let Err(error) = ParseStep {}.process(Inputs::new(vec![text])) else {
        return Err("`twelve` was read".into());
    };
    assert!(!when(&error));
    assert_eq!(error.to_string(), "no number: twelve");
    Ok(())
}

#[test]
fn a_node_keeps_which_errors_may_pass() {
    let flights: Vec<Flight> = Vec::new();
    let pipeline = scored(flights, 1.0);
    let model = &pipeline.graph().nodes[0];
    assert_eq!(
        model.options.timeout.map(|timeout| timeout.as_secs()),
        Some(60)
    );
    assert_eq!(model.options.retry.map(|retry| retry.attempts), Some(5));
    assert!(model.promise.is_none());
    let inputs = |name: &str| {
        let graph = pipeline.graph();
        let node = graph.nodes.iter().find(|node| node.name == name);
        let inputs = node.map(|node| node.inputs.iter().map(|&input| graph.name_of(input)));
        inputs.map(|inputs| inputs.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(inputs("scored").as_deref(), Some("model kept names"));
}
