//! Where rules apply: at whatever makes the frame.

use std::sync::atomic::{AtomicUsize, Ordering};

use pipe_core::prelude::*;
use pipe_core::{Outcome, RunError};

use super::common::*;

#[derive(Schema, Clone)]
struct Plain {
    n: i64,
}

#[derive(Schema)]
struct Few {
    #[column(max = 3)]
    n: i64,
}

#[derive(Schema)]
struct Some_ {
    #[column(min = 2)]
    n: i64,
}

fn plain(values: &[i64]) -> Vec<Plain> {
    values.iter().map(|&n| Plain { n }).collect()
}

#[step]
fn pass(rows: LazyFrame) -> LazyFrame {
    rows
}

#[step(returns(Few))]
fn few(rows: LazyFrame) -> LazyFrame {
    rows
}

/// Fails for zero.
#[step(rows, on_error = skip)]
fn halved(row: Plain) -> Result<Few, String> {
    match row.n {
        0 => Err("nothing to halve".to_owned()),
        n => Ok(Few { n: n / 2 }),
    }
}

/// Fails for zero.
#[step(rows, on_error = quarantine)]
fn halved_aside(row: Plain) -> Result<Few, String> {
    match row.n {
        0 => Err("nothing to halve".to_owned()),
        n => Ok(Few { n: n / 2 }),
    }
}

#[step]
fn uses_few(rows: Frame<Few>) -> Frame<Plain> {
    rows.lazy().into()
}

#[step]
fn uses_some(rows: Frame<Some_>) -> Frame<Plain> {
    rows.lazy().into()
}

pipeline! {
    fn of_the_step(rows: Frame<Plain>) -> LazyFrame {
        let kept = few(rows);
        kept
    }

    fn of_the_result(rows: Frame<Plain>) -> Frame<Few> {
        let kept = pass(rows);
        kept
    }

    fn of_the_users(rows: Frame<Plain>) -> (LazyFrame, LazyFrame) {
        #[invalid(warn)]
        let kept = pass(rows);
        let a = uses_few(kept);
        let b = uses_some(kept);
        (a, b)
    }

    fn of_an_open_input(rows: LazyFrame) -> LazyFrame {
        let used = uses_few(rows);
        used
    }

    fn left_out(#[invalid(skip)] rows: Frame<Few>) -> Frame<Few> {
        #[checkpoint(false)]
        #[invalid(skip)]
        let kept = few(rows);
        kept
    }

    fn told(rows: Frame<Plain>) -> Frame<Few> {
        #[invalid(warn)]
        let half = halved(rows);
        half
    }

    fn out(rows: Frame<Plain>) -> Frame<Few> {
        #[invalid(skip)]
        let half = halved(rows);
        half
    }

    fn aside(rows: Frame<Plain>) -> Frame<Few> {
        #[invalid(skip)]
        let half = halved_aside(rows);
        half
    }

    fn everywhere(rows: Frame<Few>) -> Frame<Few> {
        let used = few(rows);
        let again = few(used);
        again
    }
}

#[test]
fn a_result_keeps_the_rules_of_its_steps_schema_and_of_the_declared_result() {
    let scratch = Scratch::new();
    let (report, error) = failed(of_the_step(plain(&[1, 4, 9])).store(scratch.store()).run());
    assert!(
        error.contains("2 of 3 rows of the result break rules of `Few`; nothing was stored\nn: max 3: 2 of 3 rows, first: row 2 (4), row 3 (9)"),
        "{error}"
    );
    assert_eq!(report.nodes.len(), 1, "an input without rules is no node");
    assert!(scratch.files("of_the_step", "kept").is_empty());

    let (_, error) = failed(of_the_result(plain(&[1, 4])).store(scratch.store()).run());
    assert!(
        error.contains("node `kept`") && error.contains("n: max 3"),
        "{error}"
    );
    assert!(scratch.files("of_the_result", "kept").is_empty());
}

#[test]
fn a_result_keeps_the_rules_of_all_that_use_it() -> Tested {
    let scratch = Scratch::new();
    let pipeline = of_the_users(plain(&[1, 2, 4])).store(scratch.store());
    let run = pipeline.run()?;
    assert_eq!(
        violations(run.report(), "kept"),
        [
            "n: max 3: 1 of 3 rows, first: row 3 (4)",
            "n: min 2: 1 of 3 rows, first: row 1 (1)"
        ]
    );
    let schemas = node(run.report(), "kept").invalid.clone().unwrap().rules;
    let schemas: Vec<_> = schemas.iter().map(|found| found.schema.as_str()).collect();
    assert_eq!(schemas, ["Few", "Some_"]);
    Ok(())
}

#[test]
fn rows_that_break_rules_are_left_out_and_counted() -> Tested {
    let scratch = Scratch::new();
    let rows = plain(&[1, 4, 2, 9]).into_frame();
    let run = left_out(rows).store(scratch.store()).run()?;
    assert_eq!(
        violations(run.report(), "rows"),
        ["n: max 3: 2 of 4 rows, first: row 2 (4), row 4 (9)"]
    );
    let kept = run.output().collect()?;
    let kept: Vec<_> = kept.column("n")?.i64()?.iter().flatten().collect();
    assert_eq!(kept, [1, 2]);
    Ok(())
}

#[test]
fn rules_are_looked_at_once_per_frame() {
    let scratch = Scratch::new();
    let pipeline = everywhere(plain(&[1]).into_frame()).store(scratch.store());
    let held: Vec<_> = pipeline
        .graph()
        .nodes
        .iter()
        .map(|node| node.name.as_str())
        .collect();
    assert_eq!(held, ["rows", "used", "again"]);
    let (_, error) = failed(
        everywhere(plain(&[9]).into_frame())
            .store(scratch.store())
            .run(),
    );
    assert_eq!(error.matches("n: max 3").count(), 1, "{error}");
}

trait IntoFrame {
    fn into_frame(self) -> DataFrame;
}

impl IntoFrame for Vec<Plain> {
    fn into_frame(self) -> DataFrame {
        Frame::from_rows(self).unwrap().collect().unwrap()
    }
}

#[test]
fn an_open_input_has_the_rules_of_its_users() -> Tested {
    let scratch = Scratch::new();
    let run = |frame: DataFrame| of_an_open_input(frame).store(scratch.store()).run();
    let (report, error) = failed(run(df!("n" => [1i64, 7])?));
    assert!(
        error.contains("node `rows` (step `checked`) failed"),
        "{error}"
    );
    assert!(
        error.contains("n: max 3: 1 of 2 rows, first: row 2 (7)"),
        "{error}"
    );
    assert_eq!(node(&report, "used").reason, "input rows has no result");
    // Where the rule's column is not what the schema says, that is what is told.
    let (_, error) = failed(run(df!("n" => ["1"])?));
    assert!(
        error.contains("column `n`: the contract says i64, the step's result has String"),
        "{error}"
    );
    let (_, error) = failed(run(df!("m" => [1i64])?));
    assert!(
        error.contains("column `n`: the contract says i64, the step's result has none"),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_checked_input_is_a_node_like_any_other() -> Tested {
    let scratch = Scratch::new();
    let pipeline = sorted(good(6)).store(scratch.store());
    let names = |nodes: Vec<(String, String)>| nodes;
    let planned = pipeline.plan()?.nodes;
    let planned = planned.into_iter().map(|node| (node.name, node.step));
    assert_eq!(
        names(planned.collect()),
        [
            ("trips".into(), "checked".into()),
            ("total".into(), "total".into())
        ]
    );
    let drawn = pipeline.graph().text().to_string();
    assert!(drawn.contains("step   trips  checked(trips)"), "{drawn}");
    pipeline.check()?;
    pipeline.run()?;
    assert_eq!(
        pipeline
            .stored(SortedNode::Trips)?
            .unwrap()
            .collect()?
            .height(),
        6
    );
    assert_eq!(pipeline.clear_from(SortedNode::Trips)?, ["trips", "total"]);
    Ok(())
}

static CALLS: AtomicUsize = AtomicUsize::new(0);

#[step(untracked(CALLS))]
fn counted(rows: LazyFrame) -> LazyFrame {
    CALLS.fetch_add(1, Ordering::Relaxed);
    rows
}

pipeline! {
    fn unstored(rows: Frame<Plain>) -> (LazyFrame, LazyFrame) {
        #[checkpoint(false)]
        let made = counted(rows);
        let a = uses_few(made);
        let b = uses_few(made);
        (a, b)
    }

    fn unstored_and_told(rows: Frame<Plain>) -> LazyFrame {
        #[checkpoint(false)]
        #[invalid(warn)]
        let made = pass(rows);
        let a = uses_few(made);
        a
    }
}

#[test]
fn rules_of_what_is_not_stored_are_held_once_too() -> Tested {
    let scratch = Scratch::new();
    let (report, error) = failed(unstored(plain(&[9])).store(scratch.store()).run());
    assert_eq!(error.matches("n: max 3").count(), 1, "{error}");
    assert_eq!(
        report
            .nodes
            .iter()
            .map(|node| node.outcome)
            .collect::<Vec<_>>(),
        [Outcome::Failed, Outcome::Skipped, Outcome::Skipped]
    );
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    unstored(plain(&[1])).store(scratch.store()).run()?;
    assert_eq!(CALLS.load(Ordering::Relaxed), 2);
    assert!(scratch.files("unstored", "made").is_empty());

    let pipeline = unstored_and_told(plain(&[9])).store(scratch.store());
    let run = pipeline.run()?;
    assert_eq!(
        violations(run.report(), "made"),
        ["n: max 3: 1 of 1 rows, first: row 1 (9)"]
    );
    Ok(())
}

#[test]
fn rules_of_pipelines_that_are_built_at_run_time() -> Tested {
    use pipe_core::steps::DropNulls;
    let scratch = Scratch::new();
    let frame = df!("n" => [1i64, 7])?;
    let pipeline = Pipeline::builder("dynamic")
        .source("rows", frame.clone())
        .rules_of::<Few>()
        .invalid(Policy::Quarantine)
        .step("kept", DropNulls::all())
        .rules_of::<Some_>()
        .invalid(Policy::Warn)
        .build()?
        .store(scratch.store());
    let run = pipeline.run()?;
    assert_eq!(
        violations(run.report(), "rows"),
        ["n: max 3: 1 of 2 rows, first: row 2 (7)"]
    );
    assert_eq!(
        violations(run.report(), "kept"),
        ["n: min 2: 1 of 1 rows, first: row 1 (1)"]
    );
    assert_eq!(
        pipeline.quarantined("rows")?.unwrap().collect()?.height(),
        1
    );

    let mistakes = Pipeline::builder("dynamic")
        .invalid(Policy::Warn)
        .source("rows", frame)
        .step("kept", DropNulls::all())
        .invalid(Policy::Warn)
        .step("few", DropNulls::all())
        .rules_of::<Few>()
        .invalid(Policy::Quarantine)
        .checkpoint(false)
        .build()
        .unwrap_err()
        .to_string();
    let mistakes: Vec<_> = mistakes.lines().skip(1).collect();
    assert_eq!(mistakes.len(), 3, "{mistakes:?}");
    assert!(
        mistakes[0].contains("`.invalid(…)` is for the source or step just added"),
        "{mistakes:?}"
    );
    assert!(
        mistakes[1].contains("`.invalid(…)` on `kept`, which has no rules"),
        "{mistakes:?}"
    );
    assert!(
        mistakes[2].contains("`few`") && mistakes[2].contains("no checkpoint"),
        "{mistakes:?}"
    );
    Ok(())
}

#[test]
fn a_broken_rule_stops_only_what_needs_the_frame_and_is_not_tried_again() {
    let scratch = Scratch::new();
    let pipeline = of_two(plain(&[9]), plain(&[1])).store(scratch.store());
    let (report, _) = failed(pipeline.run());
    let outcomes: Vec<_> = report
        .nodes
        .iter()
        .map(|node| (node.outcome, node.attempts))
        .collect();
    assert_eq!(
        outcomes,
        [
            (Outcome::Failed, 1),
            (Outcome::Skipped, 0),
            (Outcome::Ran, 1)
        ]
    );
    match pipeline.run() {
        Err(RunError::Failed { report, .. }) => {
            assert_eq!(report.nodes[2].outcome, Outcome::Reused);
        }
        other => panic!("{other:?}"),
    }
}

pipeline! {
    fn of_two(a: Frame<Plain>, b: Frame<Plain>) -> (LazyFrame, LazyFrame) {
        #[retry(attempts = 3, base = "1ms")]
        let bad = few(a);
        let worse = pass(bad);
        let well = few(b);
        (worse, well)
    }
}

/// Rows that a step fails at and rows that break rules may go different ways.
#[test]
fn what_became_of_rows_is_said_of_those_that_it_became_of() -> Tested {
    let scratch = Scratch::new();
    let rows = || plain(&[2, 0, 10]);

    let run = told(rows()).store(scratch.store()).run()?;
    assert_eq!(run.output().collect()?.height(), 2);
    let status = told(rows()).store(scratch.store()).status()?;
    let line = "1 of 3 rows left out: step halved, n: max 3 (kept)";
    assert!(status.to_string().contains(line), "{status}");
    assert_eq!(
        violations(run.report(), "half"),
        [
            "step halved: 1 of 3 rows, first: row 2 (nothing to halve)",
            "n: max 3 (kept): 1 of 2 rows, first: row 2 (5)"
        ]
    );

    let run = out(rows()).store(scratch.store()).run()?;
    assert_eq!(run.output().collect()?.height(), 1);
    let line = "2 of 3 rows left out: step halved, n: max 3";
    assert!(run.report().to_string().contains(line), "{}", run.report());

    let run = aside(rows()).store(scratch.store()).run()?;
    assert_eq!(run.output().collect()?.height(), 1);
    let line = "1 of 3 rows quarantined: step halved_aside, n: max 3 (left out)";
    assert!(run.report().to_string().contains(line), "{}", run.report());
    Ok(())
}
