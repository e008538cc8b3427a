//! A random pipeline, run for real, beside what it should do.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Once};
use std::time::Duration;

use pipe_core::prelude::*;
use pipe_core::storage::Location;
use pipe_core::testing::{Failures, TestClock, TestStore};
use pipe_core::{Cancellation, Environment, OnFailure, Outcome, RunReport, RunStatus};

use crate::dag::{Dag, Fault, Input, Mode, RESOURCES, Run};
use crate::expected::{Expected, Fate, World, of_open, source};
use crate::seen::Seen;
use crate::steps::{PANIC, Watch, Work, numbers};

pub(crate) type Verdict<T = ()> = Result<T, String>;

/// Far more than a case takes, on a machine that does other things as well.
const DEADLOCK: Duration = Duration::from_mins(1);

/// The same while the smallest pipeline is looked for that does not end.
const AGAIN: Duration = Duration::from_secs(2);

/// Whether every run ended so far.
static ENDS: AtomicBool = AtomicBool::new(true);

/// Does all that a case says, in a thread of its own: a run that does not end is a failure, too.
pub(crate) fn hold(dag: &Dag, seen: &Seen) -> Verdict {
    quieten();
    let (sender, verdict) = channel();
    let it = dag.clone();
    std::thread::spawn(move || sender.send(all_runs(&it)));
    let patience = if ENDS.load(Ordering::Relaxed) {
        DEADLOCK
    } else {
        AGAIN
    };
    match verdict.recv_timeout(patience) {
        Ok(reports) => {
            reports?.iter().for_each(|report| seen.run(report));
            Ok(())
        }
        Err(RecvTimeoutError::Timeout) => {
            ENDS.store(false, Ordering::Relaxed);
            Err("a run does not end".into())
        }
        Err(RecvTimeoutError::Disconnected) => Err("the executor panicked".into()),
    }
}

/// Panics on purpose are not printed.
pub(crate) fn quieten() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload_as_str() != Some(PANIC) {
                before(panic);
            }
        }));
    });
}

fn all_runs(dag: &Dag) -> Verdict<Vec<RunReport>> {
    let store = TestStore::new();
    let mut world = World::new(dag);
    // In the end nothing goes wrong, and then nothing is left to do.
    let last = [Run::sound(), Run::sound()];
    let runs = dag.runs.iter().chain(&last).enumerate();
    runs.map(|(i, run)| {
        let report = one_run(dag, &mut world, run, store.path());
        report.map_err(|wrong| format!("run {i}: {wrong}"))
    })
    .collect()
}

pub(crate) fn one_run(dag: &Dag, world: &mut World, run: &Run, store: &Path) -> Verdict<RunReport> {
    for &change in &run.changes {
        if let crate::dag::Change::Clear(node) = change {
            let pipeline = pipeline(dag, world, run, &Arc::default(), store.into());
            pipeline
                .clear(format!("n{node}"))
                .map_err(|error| error.to_string())?;
        }
        world.change(change);
    }
    let expected = world.expect(run);
    let watch = Arc::new(Watch::default());
    let pipeline = pipeline(dag, world, run, &watch, store.into());
    let run_of_it = pipeline.run();
    let report = match &run_of_it {
        Ok(run) => run.report(),
        Err(error) => error.report().ok_or(error.to_string())?,
    };
    let wrong = watch.wrong();
    if !wrong.is_empty() {
        return Err(wrong.join("; "));
    }
    compare(dag, world, run, &expected, report)?;
    calls(run, &watch, report)?;
    if let Ok(run) = &run_of_it {
        results(&expected, run)?;
    }
    learn(world, &expected, report);
    Ok(report.clone())
}

fn learn(world: &mut World, expected: &Expected, report: &RunReport) {
    let with = |outcome| -> Vec<usize> {
        let nodes = report.nodes.iter().enumerate();
        let nodes = nodes.filter(|(_, node)| node.outcome == outcome);
        nodes.map(|(i, _)| i).collect()
    };
    world.learn(expected, &with(Outcome::Ran), &with(Outcome::Reused));
}

pub(crate) fn pipeline(
    dag: &Dag,
    world: &World,
    run: &Run,
    watch: &Arc<Watch>,
    store: Location,
) -> Pipeline {
    let mut builder = Pipeline::builder("model")
        .environment(Environment::None)
        .source("numbers", frame(&source(world.source)));
    let mut outputs = vec!["numbers".to_owned()];
    for (index, node) in dag.nodes.iter().enumerate() {
        let name = format!("n{index}");
        let checkpoint = world.checkpoints[index];
        let of_node = run.faults.iter().rev().filter(|(it, _, _)| *it == index);
        let step = Work {
            index,
            node: node.clone(),
            parameter: world.parameters[index],
            is_computed: checkpoint || node.output,
            jobs: u32::try_from(run.jobs.get()).unwrap_or(u32::MAX),
            faults: of_node
                .map(|(_, attempt, fault)| (*attempt, *fault))
                .collect(),
            watch: watch.clone(),
        };
        let inputs = node.inputs.iter().map(|input| match input {
            Input::Source => "numbers".to_owned(),
            Input::Node(i) => format!("n{i}"),
        });
        builder = builder
            .step_on(&name, step, inputs.collect::<Vec<_>>())
            .checkpoint(checkpoint);
        outputs.extend(node.output.then_some(name));
    }
    let pipeline = builder.outputs(outputs).build();
    let mut pipeline = pipeline
        .unwrap_or_else(|error| panic!("{error}"))
        .store(store)
        .resume(run.resume)
        .jobs(run.jobs)
        .memory(if run.in_memory { u64::MAX } else { 0 })
        .clock(&TestClock::new())
        .inject(hangs(run));
    for (resource, limit) in RESOURCES {
        pipeline = pipeline.limit(resource, limit);
    }
    match run.mode {
        Mode::KeepGoing => pipeline,
        Mode::FailFast => pipeline.on_failure(OnFailure::FailFast),
        Mode::Cancelled(at) => {
            let (cancellation, told) = (Cancellation::new(), AtomicUsize::new(0));
            pipeline.cancellation(&cancellation).on_event(move |_| {
                if told.fetch_add(1, Ordering::Relaxed) == at {
                    cancellation.cancel();
                }
            })
        }
    }
}

/// The first fault of an attempt counts.
fn hangs(run: &Run) -> Failures {
    let mut failures = Failures::new();
    for (i, (node, attempt, fault)) in run.faults.iter().enumerate() {
        let earlier = &run.faults[..i];
        let is_first = !earlier.iter().any(|(n, a, _)| (n, a) == (node, attempt));
        if *fault == Fault::Hang && is_first {
            failures = failures.hang_at(format!("n{node}"), *attempt);
        }
    }
    failures
}

fn frame(numbers: &[i64]) -> DataFrame {
    df!("n" => numbers).unwrap_or_else(|error| panic!("{error}"))
}

/// Holds what happened against what should have.
fn compare(
    dag: &Dag,
    world: &World,
    run: &Run,
    expected: &Expected,
    report: &RunReport,
) -> Verdict {
    let fails = |fate: &Fate| matches!(fate, Fate::Failed(_));
    let may_fail = expected.fates.iter().any(fails);
    let whole = match run.mode {
        Mode::KeepGoing => true,
        Mode::FailFast => !may_fail,
        Mode::Cancelled(_) => report.status != RunStatus::Cancelled,
    };
    let status = if may_fail {
        RunStatus::Failed
    } else {
        RunStatus::Succeeded
    };
    if report.status != status && report.status != RunStatus::Cancelled {
        return Err(format!(
            "the run is {:?}, but expected is {status:?}",
            report.status
        ));
    }
    let cancelled = report.status == RunStatus::Cancelled;
    if cancelled && !matches!(run.mode, Mode::Cancelled(_)) {
        return Err("nobody cancelled the run".into());
    }
    for (i, node) in report.nodes.iter().enumerate() {
        let found = match node.outcome {
            Outcome::Ran => Fate::Ran(node.attempts),
            Outcome::Failed => Fate::Failed(node.attempts),
            Outcome::Reused => Fate::Reused,
            // Of a node that was attempted, but then the run was stopped.
            Outcome::Skipped | Outcome::Cancelled if node.attempts > 0 && !whole => {
                Fate::Failed(node.attempts)
            }
            Outcome::Skipped | Outcome::Cancelled if node.attempts == 0 => Fate::NotNeeded,
            outcome => return Err(format!("{} is {outcome:?}", node.name)),
        };
        let mut possible = vec![match expected.fates[i] {
            Fate::Lost => Fate::NotNeeded,
            fate => fate,
        }];
        if expected.open[i] {
            possible.extend([Fate::NotNeeded, of_open(world, i, run)]);
        }
        let fits = possible.iter().any(|&possible| match (found, possible) {
            _ if found == possible => true,
            _ if whole => false,
            // It did not come to it, or not to its end.
            (Fate::NotNeeded, _) => true,
            (Fate::Failed(attempts), Fate::Ran(all) | Fate::Failed(all)) => attempts <= all,
            _ => false,
        });
        if !fits {
            return Err(format!(
                "{} is {found:?} ({}), but expected is one of {possible:?}",
                node.name, node.reason
            ));
        }
        if node.attempts > 0 {
            inputs_are_there(dag, i, report)?;
        }
    }
    Ok(())
}

/// What ran had its inputs.
fn inputs_are_there(dag: &Dag, node: usize, report: &RunReport) -> Verdict {
    for input in &dag.nodes[node].inputs {
        if let Input::Node(i) = *input
            && !matches!(report.nodes[i].outcome, Outcome::Ran | Outcome::Reused)
        {
            let outcome = report.nodes[i].outcome;
            return Err(format!("n{node} ran, but its input n{i} is {outcome:?}"));
        }
    }
    Ok(())
}

/// Every attempt called the step once, but those that hung instead.
fn calls(run: &Run, watch: &Watch, report: &RunReport) -> Verdict {
    for (i, node) in report.nodes.iter().enumerate() {
        let hangs = |attempt: &u32| {
            let first = run.faults.iter().find(|(n, a, _)| (*n, a) == (i, attempt));
            matches!(first, Some((_, _, Fault::Hang)))
        };
        let attempts: Vec<u32> = (1..=node.attempts)
            .filter(|attempt| !hangs(attempt))
            .collect();
        let calls = watch.calls(i);
        if calls != attempts {
            return Err(format!(
                "attempts {calls:?} at n{i} were made, but expected are {attempts:?}"
            ));
        }
    }
    Ok(())
}

/// The results that a run has are the right ones.
fn results(expected: &Expected, run: &pipe_core::Run) -> Verdict {
    for (i, right) in expected.results.iter().enumerate() {
        if let Some(frame) = run.node(&format!("n{i}")) {
            let found = numbers(frame.into()).map_err(|error| error.to_string())?;
            if found != *right {
                return Err(format!("n{i} gave {found:?}, but expected is {right:?}"));
            }
        }
    }
    Ok(())
}
