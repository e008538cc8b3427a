//! Row steps: what becomes of rows, of those that the function fails for, and of panics.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod calls;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use pipe_core::prelude::*;
use pipe_core::{Checkpoints, Event, NodeProblem, Outcome, RunError};

type Tested = Result<(), Box<dyn std::error::Error>>;

#[derive(Schema, Clone, Debug, PartialEq)]
struct RawLine {
    text: String,
    source: Option<String>,
}

#[derive(Schema, Clone, Debug, PartialEq)]
struct Reading {
    sensor: String,
    celsius: f64,
}

fn line(text: impl Into<String>) -> RawLine {
    RawLine {
        text: text.into(),
        source: None,
    }
}

/// Lines of which some have no number.
fn lines(texts: &[&str]) -> Vec<RawLine> {
    texts.iter().map(|&text| line(text)).collect()
}

#[tracked]
fn reading(line: &RawLine) -> Result<Reading, String> {
    let (sensor, celsius) = line.text.split_once(' ').ok_or("no space in the line")?;
    let celsius = celsius
        .parse()
        .map_err(|_| format!("`{celsius}` is no number"))?;
    Ok(Reading {
        sensor: sensor.to_owned(),
        celsius,
    })
}

#[step(rows)]
fn one(line: RawLine) -> Reading {
    Reading {
        sensor: line.text,
        celsius: 0.5,
    }
}

#[step(rows)]
fn none_or_one(line: RawLine, shortest: usize) -> Option<Reading> {
    (line.text.len() >= shortest).then_some(Reading {
        sensor: line.text,
        celsius: 0.5,
    })
}

#[step(rows)]
fn many(line: RawLine, separator: String) -> Vec<Reading> {
    let words = line.text.split(&separator);
    words
        .map(|word| Reading {
            sensor: word.to_owned(),
            celsius: 1.5,
        })
        .collect()
}

#[step(rows)]
fn parse(line: RawLine) -> Result<Reading, String> {
    reading(&line)
}

#[step(rows, on_error = skip)]
fn parse_or_skip(line: RawLine) -> Result<Reading, String> {
    reading(&line)
}

#[step(rows, on_error = quarantine)]
fn parse_or_put_aside(line: RawLine) -> Result<Option<Reading>, String> {
    if line.text.starts_with('#') {
        return Ok(None);
    }
    reading(&line).map(Some)
}

#[step(rows)]
fn panics(line: RawLine) -> Reading {
    reading(&line).expect("every line can be read")
}

#[derive(Schema)]
struct Mean {
    celsius: Option<f64>,
}

#[step]
fn mean(readings: Frame<Reading>) -> Frame<Mean> {
    let readings = readings.lazy();
    readings.select([col("celsius").mean()]).into()
}

pipeline! {
    fn ones(lines: Frame<RawLine>) -> Frame<Reading> {
        let made = one(lines);
        made
    }

    fn options(lines: Frame<RawLine>, shortest: usize) -> Frame<Reading> {
        let made = none_or_one(lines, shortest);
        made
    }

    fn lists(lines: Frame<RawLine>) -> Frame<Reading> {
        let made = many(lines, separator = ",");
        made
    }

    fn strict(lines: Frame<RawLine>) -> Frame<Reading> {
        let parsed = parse(lines);
        parsed
    }

    fn lenient(lines: Frame<RawLine>) -> Frame<Reading> {
        let parsed = parse_or_skip(lines);
        parsed
    }

    fn careful(lines: Frame<RawLine>) -> Frame<Reading> {
        let parsed = parse_or_put_aside(lines);
        parsed
    }

    fn loud(lines: Frame<RawLine>) -> Frame<Reading> {
        let parsed = panics(lines);
        parsed
    }

    fn in_one_query(lines: Frame<RawLine>) -> LazyFrame {
        #[checkpoint(false)]
        let parsed = parse(lines);
        let average = mean(parsed);
        average
    }

    fn in_memory(lines: Frame<RawLine>) -> LazyFrame {
        #[checkpoint(false)]
        let parsed = parse_or_skip(lines);
        let average = mean(parsed);
        average
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// The one node that failed.
fn failure<T>(result: Result<T, RunError>) -> pipe_core::NodeError {
    match result {
        Err(RunError::Failed { mut failures, .. }) => failures.remove(0),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the run should fail"),
    }
}

fn sensors(readings: &[Reading]) -> Vec<&str> {
    readings.iter().map(|r| r.sensor.as_str()).collect()
}

#[test]
fn the_function_is_a_plain_function() {
    let line = line("a 1.5");
    assert!((one(line.clone()).celsius - 0.5).abs() < 1e-9);
    assert_eq!(parse(line).unwrap().sensor, "a");
    assert!(none_or_one(self::line("ab"), 3).is_none());
}

#[test]
fn a_row_becomes_one_or_none_or_many() -> Tested {
    let folder = folder();
    let given = lines(&["a,b", "", "c", "d,e,f"]);
    let made = ones(given.clone())
        .store(folder.path())
        .run()?
        .output()
        .collect_rows()?;
    assert_eq!(sensors(&made), ["a,b", "", "c", "d,e,f"]);
    let made = options(given.clone(), 2)
        .store(folder.path())
        .run()?
        .output()
        .collect_rows()?;
    assert_eq!(sensors(&made), ["a,b", "d,e,f"]);
    let made = lists(given)
        .store(folder.path())
        .run()?
        .output()
        .collect_rows()?;
    assert_eq!(sensors(&made), ["a", "b", "", "c", "d", "e", "f"]);
    Ok(())
}

#[test]
fn no_rows_are_a_frame_with_the_right_columns() -> Tested {
    let folder = folder();
    let made = lists(Vec::new())
        .store(folder.path())
        .run()?
        .output()
        .collect()?;
    assert_eq!(made.height(), 0);
    assert_eq!(made, Frame::from_rows(Vec::<Reading>::new())?.collect()?);
    StrictPipeline::check()?;
    CarefulPipeline::check()?;
    Ok(())
}

/// More rows than a piece of the frame has, so that several threads work on them.
const MANY: usize = 300_000;

fn numbered() -> Vec<RawLine> {
    (0..MANY).map(|i| line(format!("s{i} {i}"))).collect()
}

#[test]
fn rows_stay_in_order() -> Tested {
    let folder = folder();
    let made = strict(numbered())
        .store(folder.path())
        .run()?
        .output()
        .collect_rows()?;
    assert_eq!(made.len(), MANY);
    for (i, reading) in made.iter().enumerate() {
        assert_eq!(reading.sensor, format!("s{i}"));
    }
    Ok(())
}

const BAD: [&str; 6] = ["a 1", "nothing", "b two", "# comment", "c 3.5", "worse"];

#[test]
fn rows_that_fail_are_an_error_with_their_numbers() {
    let folder = folder();
    let pipeline = strict(lines(&BAD)).store(folder.path());
    let failed = failure(pipeline.run());
    let place = failed.place.unwrap();
    assert_eq!(
        failed.to_string(),
        format!(
            "node `parsed` (step `parse` at {place}) failed: 4 of 6 rows failed; nothing was stored
row 2: no space in the line
row 3: `two` is no number
row 4: `comment` is no number
rows are counted from 1
help: mend the data or the step, leave such rows out with `on_error = skip`, or put them aside with `on_error = quarantine`"
        )
    );
    assert!(matches!(*failed.problem, NodeProblem::Rows(_)));
    assert!(pipeline.status().unwrap().nodes[0].key.is_none());
}

/// What a run tells of rows that failed.
fn told<D: pipe_core::PipelineDef>(
    pipeline: Pipeline<D>,
) -> (Pipeline<D>, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let lines = told.clone();
    let pipeline = pipeline.on_event(move |event| {
        if let Event::InvalidRows { node, invalid, .. } = event {
            let rules: Vec<_> = invalid.rules.iter().map(ToString::to_string).collect();
            lines.lock().unwrap().push(format!(
                "{node}: {:?} {}",
                invalid.policy,
                rules.join("; ")
            ));
        }
    });
    (pipeline, told)
}

#[test]
fn rows_that_fail_are_left_out_and_counted() -> Tested {
    let folder = folder();
    let (pipeline, told) = told(lenient(lines(&BAD)).store(folder.path()));
    let run = pipeline.run()?;
    let expected = "step parse_or_skip: 4 of 6 rows, first: row 2 (no space in the line), row 3 (`two` is no number), row 4 (`comment` is no number)";
    assert_eq!(*told.lock().unwrap(), [format!("parsed: Skip {expected}")]);
    assert_eq!(sensors(&run.output().collect_rows()?), ["a", "c"]);
    let status = pipeline.status()?;
    let invalid = status.nodes[0].invalid.as_ref().unwrap();
    assert_eq!((invalid.rows, invalid.of), (4, 6));
    // It is told again when the result is used again.
    let again = pipeline.run()?;
    assert_eq!(again.report().nodes[0].outcome, Outcome::Reused);
    assert_eq!(
        again.report().nodes[0].invalid.as_ref().unwrap().rules[0].to_string(),
        expected
    );
    Ok(())
}

#[test]
fn rows_that_fail_are_put_aside_with_all_their_columns() -> Tested {
    let folder = folder();
    let mut given = lines(&BAD);
    given[1].source = Some("x.log".into());
    let pipeline = careful(given.clone()).store(folder.path());
    let run = pipeline.run()?;
    assert_eq!(sensors(&run.output().collect_rows()?), ["a", "c"]);
    let aside = pipeline
        .quarantined(CarefulNode::Parsed)?
        .unwrap()
        .collect()?;
    assert_eq!(
        aside.get_column_names(),
        ["text", "source", "quarantine_row", "quarantine_reasons"]
    );
    let rows = Frame::<RawLine>::from(aside.clone()).collect_rows()?;
    assert_eq!(rows, [given[1].clone(), given[2].clone(), given[5].clone()]);
    assert_eq!(crate::rows_put_aside(&aside)?, [2, 3, 6]);
    let reasons = aside
        .column("quarantine_reasons")?
        .explode(ExplodeOptions {
            empty_as_null: true,
            keep_nulls: true,
        })?;
    let reasons: Vec<_> = reasons.str()?.iter().flatten().collect();
    assert_eq!(
        reasons,
        [
            "no space in the line",
            "`two` is no number",
            "no space in the line"
        ]
    );
    Ok(())
}

#[test]
fn many_rows_are_put_aside_in_order() -> Tested {
    let folder = folder();
    let mut given = numbered();
    let bad: Vec<usize> = (0..MANY).filter(|i| i % 1_001 == 7).collect();
    for &i in &bad {
        given[i].text = format!("bad{i}");
    }
    let pipeline = careful(given).store(folder.path());
    let made = pipeline.run()?.output().collect_rows()?;
    assert_eq!(made.len(), MANY - bad.len());
    let numbers: Vec<usize> = made
        .iter()
        .map(|r| r.sensor[1..].parse().unwrap())
        .collect();
    assert!(numbers.is_sorted());
    let aside = pipeline
        .quarantined(CarefulNode::Parsed)?
        .unwrap()
        .collect()?;
    assert_eq!(
        crate::rows_put_aside(&aside)?,
        bad.iter().map(|&i| i as u64 + 1).collect::<Vec<_>>()
    );
    let texts: Vec<_> = aside.column("text")?.str()?.iter().flatten().collect();
    assert_eq!(
        texts,
        bad.iter().map(|i| format!("bad{i}")).collect::<Vec<_>>()
    );
    Ok(())
}

#[test]
fn a_panic_is_the_error_of_its_row() {
    let folder = folder();
    let mut given = numbered();
    given[123_456].text = "nothing".into();
    for given in [given, lines(&["a 1", "b 2", "nothing"])] {
        let row = if given.len() > 3 { 123_457 } else { 3 };
        let failed = failure(loud(given).store(folder.path()).run());
        let text = failed.to_string();
        assert!(matches!(*failed.problem, NodeProblem::Panic(_)), "{text}");
        assert!(
            text.contains("the step panicked: every line can be read: \"no space in the line\""),
            "{text}"
        );
        assert!(text.contains("rows/mod.rs:"), "{text}");
        assert!(text.contains(&format!("in row {row}")), "{text}");
    }
}

#[test]
fn a_step_without_checkpoint_is_a_part_of_the_query_behind_it() -> Tested {
    let folder = folder();
    let given = lines(&["a 1", "b 2"]);
    let mean = in_one_query(given)
        .store(folder.path())
        .run()?
        .output()
        .collect()?;
    assert_eq!(mean.column("celsius")?.f64()?.get(0), Some(1.5));
    let failed = failure(in_one_query(lines(&BAD)).store(folder.path()).run());
    assert_eq!(failed.node, "average");
    let text = failed.to_string();
    assert!(
        text.contains("row 2 of step `parse`: no space in the line"),
        "{text}"
    );
    Ok(())
}

#[test]
fn rows_are_left_out_and_counted_without_a_checkpoint_too() -> Tested {
    let folder = folder();
    let (pipeline, told) = told(in_memory(lines(&BAD)).store(folder.path()));
    let mean = pipeline.run()?.output().collect()?;
    assert_eq!(mean.column("celsius")?.f64()?.get(0), Some(2.25));
    assert!(told.lock().unwrap()[0].contains("4 of 6 rows"));
    Ok(())
}

#[derive(Schema, Clone)]
struct Positive {
    #[column(min = 0.0)]
    celsius: f64,
}

#[step(rows, on_error = quarantine)]
fn positive(line: RawLine) -> Result<Positive, String> {
    let celsius = reading(&line)?.celsius;
    Ok(Positive { celsius })
}

pipeline! {
    fn both(lines: Frame<RawLine>) -> Frame<Positive> {
        #[invalid(quarantine)]
        let parsed = positive(lines);
        parsed
    }
}

#[test]
fn rules_hold_for_what_a_row_step_makes() -> Tested {
    let folder = folder();
    let pipeline = both(lines(&["a 1", "nothing", "b -5", "c 2"])).store(folder.path());
    let made = pipeline.run()?.output().collect_rows()?;
    assert_eq!(
        made.iter().map(|row| row.celsius).collect::<Vec<_>>(),
        [1.0, 2.0]
    );
    let aside = pipeline.quarantined(BothNode::Parsed)?.unwrap().collect()?;
    assert_eq!(aside.height(), 2);
    let texts: Vec<_> = aside.column("text")?.str()?.iter().collect();
    assert_eq!(texts, [Some("nothing"), None]);
    let celsius: Vec<_> = aside.column("celsius")?.f64()?.iter().collect();
    assert_eq!(celsius, [None, Some(-5.0)]);
    let invalid = pipeline.status()?.nodes[0].invalid.clone().unwrap();
    assert_eq!(invalid.rows, 2);
    Ok(())
}

#[test]
fn rows_have_a_place_aside_whatever_else_is_stored() -> Tested {
    let folder = folder();
    let pipeline = both(lines(&["a 1", "nothing", "b -5", "c 2"]));
    let pipeline = pipeline.store(folder.path()).checkpoints(Checkpoints::None);
    let decided = pipeline.plan()?.nodes[0].checkpoint.clone().unwrap();
    assert_eq!(decided.reason, "rows may be put aside beside it");
    assert!(decided.stored);
    pipeline.run()?;
    let aside = pipeline.quarantined(BothNode::Parsed)?.unwrap().collect()?;
    assert_eq!(aside.height(), 2);

    let pipeline = careful(lines(&BAD));
    let pipeline = pipeline.store(folder.path()).checkpoints(Checkpoints::None);
    pipeline.run()?;
    assert!(pipeline.quarantined(CarefulNode::Parsed)?.is_some());
    Ok(())
}

mod other_policy {
    use super::{RawLine, Reading, reading, step};

    #[step(rows, on_error = skip)]
    pub(super) fn parse(line: RawLine) -> Result<Reading, String> {
        reading(&line)
    }
}

#[test]
fn what_happens_to_rows_that_fail_is_a_part_of_the_key() -> Tested {
    let folder = folder();
    let lines = Frame::from_rows(lines(&["a 1"]))?.collect()?;
    let builder = || Pipeline::builder("keys").source("lines", lines.clone());
    let strict = builder().step("parsed", parse {}).build()?;
    strict.store(folder.path()).run()?;
    let lenient = builder().step("parsed", other_policy::parse {}).build()?;
    let plan = lenient.store(folder.path()).plan()?;
    let reason = plan.nodes[0].reason.as_str();
    assert_eq!(reason, "parameter on_error: \"fail\" -> \"skip\"");
    Ok(())
}

static CALLS: AtomicUsize = AtomicUsize::new(0);

#[derive(Schema, Clone)]
struct Number {
    n: i64,
}

#[step(rows, untracked(note))]
fn counted(row: Number) -> Number {
    note();
    row
}

fn note() {
    CALLS.fetch_add(1, Ordering::Relaxed);
}

pipeline! {
    fn counting(rows: Frame<Number>) -> Frame<Number> {
        let made = counted(rows);
        made
    }
}

#[test]
fn every_row_is_given_once() -> Tested {
    let folder = folder();
    let rows: Vec<Number> = (0..5_000).map(|n| Number { n }).collect();
    let made = counting(rows)
        .store(folder.path())
        .run()?
        .output()
        .collect_rows()?;
    assert_eq!(CALLS.load(Ordering::Relaxed), 5_000);
    let distinct: BTreeSet<i64> = made.iter().map(|row| row.n).collect();
    assert_eq!(distinct.len(), 5_000);
    Ok(())
}

static BEGUN: AtomicUsize = AtomicUsize::new(0);

fn begin() {
    BEGUN.fetch_add(1, Ordering::Relaxed);
}

#[step(rows, untracked(begin))]
fn none_goes(row: Number, panics: bool) -> Result<Number, String> {
    begin();
    assert!(!panics, "not {}", row.n);
    Err(format!("not {}", row.n))
}

#[step]
fn passed(rows: Frame<Number>) -> Frame<Number> {
    rows
}

pipeline! {
    fn none_stored(rows: Frame<Number>, panics: bool) -> Frame<Number> {
        let made = none_goes(rows, panics);
        made
    }

    fn none_passed(rows: Frame<Number>) -> Frame<Number> {
        #[checkpoint(false)]
        let made = none_goes(rows, false);
        let passed = passed(made);
        passed
    }
}

/// By a panic, by an error where nobody asks for the account, and by a cell that cannot be read.
#[test]
fn a_failing_row_ends_its_piece() -> Tested {
    let folder = folder();
    let rows: Vec<Number> = (0..5_000).map(|n| Number { n }).collect();
    let panicked = failure(none_stored(rows.clone(), true).store(folder.path()).run());
    assert!(panicked.to_string().contains("not 0"), "{panicked}");
    assert_eq!(BEGUN.swap(0, Ordering::Relaxed), 1);

    let failed = failure(none_passed(rows).store(folder.path()).run());
    assert!(failed.to_string().contains("not 0"), "{failed}");
    assert_eq!(BEGUN.swap(0, Ordering::Relaxed), 1);

    let cells = (0..5_000).map(|n| (n > 0).then_some(n));
    let rows = df!("n" => cells.collect::<Vec<Option<i64>>>())?;
    let builder = Pipeline::builder("unread").source("rows", rows);
    let unread = builder.step("made", none_goes { panics: false }).build()?;
    let unread = failure(unread.store(folder.path()).run());
    assert!(unread.to_string().contains("row 1"), "{unread}");
    assert_eq!(BEGUN.swap(0, Ordering::Relaxed), 0);
    Ok(())
}
