//! Rules, checkpoints and keys.

use std::sync::{Arc, Mutex};

use pipe_core::{Action, Event, Outcome, State};

use super::common::*;

fn spoilt() -> Vec<Trip> {
    let mut rows = good(8);
    rows[4].distance = Some(-4);
    rows
}

#[test]
fn repaired_data_run_and_nothing_is_left_of_the_failure() -> Tested {
    let scratch = Scratch::new();
    failed(strict(spoilt()).store(scratch.store()).run());
    assert!(scratch.files("strict", "trips").is_empty());
    let run = strict(good(8)).store(scratch.store()).run()?;
    assert_eq!(node(run.report(), "trips").reason, "no checkpoint");
    assert_eq!(scratch.files("strict", "trips").len(), 2);
    Ok(())
}

#[test]
fn a_failed_audit_leaves_an_earlier_result_as_it_was() -> Tested {
    let scratch = Scratch::new();
    strict(good(8)).store(scratch.store()).run()?;
    let before = scratch.files("strict", "trips");
    failed(strict(spoilt()).store(scratch.store()).run());
    assert_eq!(scratch.files("strict", "trips"), before);
    let run = strict(good(8)).store(scratch.store()).run()?;
    assert_eq!(node(run.report(), "total").outcome, Outcome::Reused);
    Ok(())
}

#[test]
fn a_reused_result_still_says_what_is_wrong_with_it() -> Tested {
    let line = "distance: min 0: 1 of 8 rows, first: row 5 (distance: -4, origin: \"JFK\", n: 1)";
    let scratch = Scratch::new();
    let events: Arc<Mutex<Vec<Event>>> = Arc::default();
    let heard = events.clone();
    let pipeline = sorted(spoilt())
        .store(scratch.store())
        .on_event(move |event| heard.lock().unwrap().push(event.clone()));
    for outcome in [Outcome::Ran, Outcome::Reused] {
        events.lock().unwrap().clear();
        let run = pipeline.run()?;
        // The total alone is wanted; look at the node itself.
        if outcome == Outcome::Ran {
            assert_eq!(violations(run.report(), "trips"), [line]);
        }
        pipeline.clear(SortedNode::Total)?;
        let run = pipeline.run()?;
        assert_eq!(node(run.report(), "trips").outcome, Outcome::Reused);
        assert_eq!(violations(run.report(), "trips"), [line]);
        let told: Vec<_> = events
            .lock()
            .unwrap()
            .iter()
            .filter_map(|event| match event {
                Event::InvalidRows {
                    node,
                    invalid,
                    quarantine,
                } => Some((node.clone(), invalid.rows, quarantine.is_some())),
                _ => None,
            })
            .collect();
        assert_eq!(told.last(), Some(&("trips".to_owned(), 1, true)));
        let json = serde_json::to_value(run.report())?;
        assert_eq!(json["nodes"][0]["invalid"]["policy"], "quarantine");
        assert_eq!(json["nodes"][0]["invalid"]["rules"][0]["rows"], 1);
        let file = json["nodes"][0]["quarantine"].as_str().unwrap();
        assert!(file.ends_with(".quarantine.parquet"), "{file}");
    }
    let status = pipeline.status()?;
    assert_eq!(status.nodes[0].state, State::Valid);
    assert_eq!(
        status.nodes[0].invalid.as_ref().unwrap().rules[0].to_string(),
        line
    );
    assert!(
        status
            .to_string()
            .contains("valid; 1 of 8 rows quarantined: distance: min 0"),
        "{status}"
    );
    Ok(())
}

#[test]
fn quarantined_rows_are_part_of_the_checkpoint() -> Tested {
    let scratch = Scratch::new();
    let pipeline = sorted(spoilt()).store(scratch.store());
    pipeline.run()?;
    let files = scratch.files("sorted", "trips");
    assert_eq!(files.len(), 3, "{files:?}");
    let aside = files.iter().find(|name| name.contains(".quarantine."));
    let aside = scratch.store().join("sorted/trips").join(aside.unwrap());

    // Damaged, it is a miss.
    let mut bytes = std::fs::read(&aside)?;
    bytes[8] ^= 1;
    std::fs::write(&aside, &bytes)?;
    let status = pipeline.status()?;
    assert_eq!(status.nodes[0].state, State::Corrupt, "{status}");
    pipeline.clear(SortedNode::Total)?;
    pipeline.run()?;
    assert_eq!(pipeline.status()?.nodes[0].state, State::Valid);
    assert_eq!(
        pipeline
            .quarantined(SortedNode::Trips)?
            .unwrap()
            .collect()?
            .height(),
        1
    );

    // Without a record it is swept, with one it is cleared.
    let orphan = scratch
        .store()
        .join("sorted/trips/0123456789abcdef.quarantine.parquet");
    std::fs::write(&orphan, "x")?;
    std::fs::write(scratch.store().join("sorted/.lock"), "process 1\n")?;
    pipeline.run()?;
    assert!(!orphan.exists());
    pipeline.clear_all()?;
    assert!(scratch.files("sorted", "trips").is_empty());
    Ok(())
}

#[test]
fn quarantined_rows_are_no_content() -> Tested {
    // The same rows go on, others are put aside: what comes after is reused.
    let scratch = Scratch::new();
    sorted(spoilt()).store(scratch.store()).run()?;
    let mut rows = spoilt();
    rows[4].distance = Some(-5);
    let run = sorted(rows).store(scratch.store()).run()?;
    assert_eq!(node(run.report(), "trips").outcome, Outcome::Ran);
    assert_eq!(node(run.report(), "total").outcome, Outcome::Reused);
    Ok(())
}

/// One pipeline at two times: what stands in `$column` and on the argument changes.
macro_rules! at_a_time {
    ($time:ident, #[column($($column:tt)*)], #[schema($($schema:tt)*)], #[invalid($policy:ident)]) => {
        mod $time {
            use pipe_core::prelude::*;

            #[derive(Schema, Clone)]
            #[schema($($schema)*)]
            pub(crate) struct Reading {
                #[column($($column)*)]
                pub(crate) celsius: i64,
                pub(crate) sensor: i64,
            }

            #[derive(Schema)]
            pub(crate) struct Other {
                pub(crate) n: i64,
            }

            #[step]
            fn pass(rows: LazyFrame) -> LazyFrame {
                rows
            }

            pipeline! {
                pub(crate) fn readings(
                    #[invalid($policy)] readings: Frame<Reading>,
                    other: Frame<Other>,
                ) -> (LazyFrame, LazyFrame) {
                    let kept = pass(readings);
                    let untouched = pass(other);
                    (kept, untouched)
                }
            }

            /// Run on the same readings; what became of the nodes, and why the first one ran.
            pub(crate) fn run(store: std::path::PathBuf) -> (Vec<pipe_core::Outcome>, String) {
                let rows = [20, 30].map(|celsius| Reading { celsius, sensor: 1 });
                let pipeline = readings(rows.to_vec(), vec![Other { n: 1 }]).store(store);
                let report = pipeline.run().unwrap().report().clone();
                let outcomes = report.nodes.iter().map(|node| node.outcome).collect();
                (outcomes, report.nodes[0].reason.clone())
            }
        }
    };
}

at_a_time!(first, #[column(max = 40)], #[schema(rule(known = col("sensor").gt(lit(0))))], #[invalid(warn)]);
at_a_time!(same, #[column(max = 40)], #[schema(rule(known = col("sensor").gt(lit(0))))], #[invalid(warn)]);
at_a_time!(tighter, #[column(max = 35)], #[schema(rule(known = col("sensor").gt(lit(0))))], #[invalid(warn)]);
at_a_time!(otherwise, #[column(max = 35)], #[schema(rule(known = col("sensor").gt(lit(-1))))], #[invalid(warn)]);
at_a_time!(aside, #[column(max = 35)], #[schema(rule(known = col("sensor").gt(lit(-1))))], #[invalid(quarantine)]);
at_a_time!(cutting, #[column(max = 25)], #[schema(rule(known = col("sensor").gt(lit(-1))))], #[invalid(quarantine)]);

#[test]
fn a_changed_rule_runs_what_it_touches_and_says_which() {
    use Outcome::{Ran, Reused, Skipped};
    let scratch = Scratch::new();
    let store = scratch.store();
    let all = first::run(store.clone());
    assert_eq!(all.0, [Ran, Ran, Ran]);
    assert_eq!(same::run(store.clone()).0, [Skipped, Reused, Reused]);
    let changed = |reason: &str| (vec![Ran, Reused, Reused], reason.to_owned());
    // The same rows pass, so what comes after is reused.
    assert_eq!(
        tighter::run(store.clone()),
        changed("rules of `Reading` changed: `celsius: max 35` is new, `celsius: max 40` is gone")
    );
    assert_eq!(
        otherwise::run(store.clone()),
        changed("rules of `Reading` changed: `rule known` changed")
    );
    assert_eq!(
        aside::run(store.clone()),
        changed("invalid rows: warn -> quarantine")
    );
    let (outcomes, _) = cutting::run(store);
    assert_eq!(outcomes, [Ran, Ran, Reused], "a row less goes on");
}

#[test]
fn a_plan_says_so_too() -> Tested {
    let scratch = Scratch::new();
    first::run(scratch.store());
    let pipeline = tighter::readings(
        [20, 30]
            .map(|celsius| tighter::Reading { celsius, sensor: 1 })
            .to_vec(),
        vec![tighter::Other { n: 1 }],
    );
    let plan = pipeline.store(scratch.store()).plan()?;
    let actions: Vec<_> = plan.nodes.iter().map(|node| node.action).collect();
    assert_eq!(actions, [Action::Run, Action::Maybe, Action::Reuse]);
    assert!(
        plan.nodes[0]
            .reason
            .starts_with("rules of `Reading` changed"),
        "{plan}"
    );
    Ok(())
}
