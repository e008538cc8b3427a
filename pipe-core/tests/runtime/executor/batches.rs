//! Quick nodes, which workers are handed by the batch: all must come to what it would come to one by one.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pipe_core::testing::{Recorder, TestClock, TestStore};
use pipe_core::{
    Cancellation, Event, Inputs, OnFailure, Outcome, Pipeline, RunError, RunReport, StepError,
};

use super::task::{Task, hear};
use crate::common::{Anything, Tested, failed, numbers};

const WIDTH: usize = 40;
const LAYERS: usize = 6;

/// A grid of values without checkpoints, each the sum of two in the layer before. What is peculiar in a
/// node's step is asked for by layer and column.
fn grid(
    peculiar: impl Fn(usize, usize, &Inputs) -> Result<(), StepError> + Send + Sync + 'static,
    change: impl Fn(Task) -> Task,
) -> Result<Pipeline, Anything> {
    let peculiar = Arc::new(peculiar);
    let mut builder = Pipeline::builder("grid")
        .packages(pipe_core::packages!())
        .source("numbers", numbers(&[1]));
    let layers = (0..LAYERS).flat_map(|layer| (0..WIDTH).map(move |column| (layer, column)));
    for (layer, column) in layers {
        let peculiar = peculiar.clone();
        let task = Task::value(move |mut inputs| {
            peculiar(layer, column, &inputs)?;
            match layer {
                0 => Ok(1),
                _ => Ok(*inputs.next_value::<i64>()? + *inputs.next_value::<i64>()?),
            }
        });
        let inputs = match layer {
            0 => vec!["numbers".to_owned()],
            _ => vec![
                name(layer - 1, column),
                name(layer - 1, (column + 1) % WIDTH),
            ],
        };
        let node = builder.step_on(name(layer, column), change(task), inputs);
        builder = node.checkpoint(false);
    }
    let outputs = (0..WIDTH).map(|column| name(LAYERS - 1, column));
    Ok(builder
        .outputs(outputs.chain(["numbers".to_owned()]))
        .build()?)
}

fn name(layer: usize, column: usize) -> String {
    format!("n{layer}_{column}")
}

fn jobs(count: usize) -> Result<NonZero<usize>, Anything> {
    Ok(NonZero::new(count).ok_or("no jobs")?)
}

/// For steps, which many threads have.
fn shared<T>() -> (Sender<T>, Arc<Mutex<Receiver<T>>>) {
    let (sender, receiver) = channel();
    (sender, Arc::new(Mutex::new(receiver)))
}

/// What was told of each node, in order.
fn told(recorder: &Recorder) -> BTreeMap<String, Vec<&'static str>> {
    let mut told: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for event in recorder.events() {
        let (node, what) = match event {
            Event::NodeStarted { node, .. } => (node, "started"),
            Event::NodeMessage { node, .. } => (node, "message"),
            Event::NodeRetrying { node, .. } => (node, "retrying"),
            Event::NodeFinished { node, .. } => (node, "finished"),
            Event::NodeFailed { node, .. } => (node, "failed"),
            Event::NodeSkipped { node, .. } => (node, "skipped"),
            _ => continue,
        };
        told.entry(node).or_default().push(what);
    }
    told
}

/// What was told is what became of it.
#[track_caller]
fn is_consistent(report: &RunReport, recorder: &Recorder, calls: usize) {
    let told = told(recorder);
    for node in &report.nodes {
        let (attempts, events): (_, &[_]) = match node.outcome {
            Outcome::Ran => (1, &["started", "finished"]),
            Outcome::Failed => (1, &["started", "failed"]),
            _ => (0, &["skipped"]),
        };
        assert_eq!(told[&node.name], events, "{}", node.name);
        assert_eq!(node.attempts, attempts, "{}", node.name);
    }
    let attempts: u32 = report.nodes.iter().map(|node| node.attempts).sum();
    assert_eq!(usize::try_from(attempts), Ok(calls));
}

#[test]
fn all_run_once_and_it_is_told_in_order() -> Tested {
    for count in 1..4 {
        let (store, recorder) = (TestStore::new(), Recorder::new());
        let say = |_, column, inputs: &Inputs| {
            if column % 3 == 0 {
                inputs.context().log("here");
            }
            Ok(())
        };
        let pipeline = grid(say, |task| task)?.store(&store).jobs(jobs(count)?);
        let run = pipeline.record(&recorder).run()?;
        let sum = run.value::<i64>(&name(LAYERS - 1, 0)).ok_or("a sum")?;
        assert_eq!(*sum, 1 << (LAYERS - 1));
        let told = told(&recorder);
        assert_eq!(told.len(), LAYERS * WIDTH);
        for layer in 0..LAYERS {
            for column in 0..WIDTH {
                let events: &[_] = match column % 3 {
                    0 => &["started", "message", "finished"],
                    _ => &["started", "finished"],
                };
                assert_eq!(told[&name(layer, column)], events);
            }
        }
    }
    Ok(())
}

/// In a chain of quick nodes the dispatcher does most of them itself.
#[test]
fn what_a_step_says_is_told_before_that_it_ended() -> Tested {
    let (store, recorder) = (TestStore::new(), Recorder::new());
    let mut builder = Pipeline::builder("chain")
        .packages(pipe_core::packages!())
        .source("numbers", numbers(&[1]));
    for i in 0..200 {
        let task = Task::value(|inputs| {
            inputs.context().log("here");
            Ok(7)
        });
        builder = builder.step(name(0, i), task).checkpoint(false);
    }
    let pipeline = builder.build()?.store(&store);
    pipeline.record(&recorder).run()?;
    let told = told(&recorder);
    assert_eq!(told.len(), 200);
    for (node, events) in told {
        assert_eq!(events, ["started", "message", "finished"], "{node}");
    }
    Ok(())
}

/// The slow one ends when all the others of its layer have run, wherever it stands among them.
#[test]
fn a_slow_node_holds_back_no_other() -> Tested {
    for slow in [0, 1, 7, WIDTH / 2, WIDTH - 1] {
        let (store, recorder) = (TestStore::new(), Recorder::new());
        let (done, others) = shared();
        let count = AtomicUsize::new(0);
        let (waits, told) = (others.clone(), recorder.clone());
        let wait = move |layer, column, _: &Inputs| {
            if layer != LAYERS - 1 {
                return Ok(());
            }
            if column != slow {
                if count.fetch_add(1, Ordering::SeqCst) + 1 == WIDTH - 1 {
                    done.send(())?;
                }
                return Ok(());
            }
            hear(&*waits.lock().map_err(|_| "poisoned")?)?;
            // That it runs is told while it does, even if nothing else happens.
            for _ in 0..6_000 {
                if told.attempts(&name(layer, column)) == 1 {
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            Err("nobody was told that it runs".into())
        };
        let pipeline = grid(wait, |task| task)?.store(&store).jobs(jobs(2)?);
        let run = pipeline.record(&recorder).run()?;
        is_consistent(run.report(), &recorder, LAYERS * WIDTH);
    }
    Ok(())
}

#[test]
fn what_was_not_begun_is_not_after_a_cancellation() -> Tested {
    for wait in [0, 5] {
        let (store, recorder) = (TestStore::new(), Recorder::new());
        let (stopping, is_stopping) = shared();
        let calls = Arc::new(AtomicUsize::new(0));
        let cancellation = Cancellation::new();
        let (cancel, counted) = (cancellation.clone(), calls.clone());
        let step = move |layer, column, _: &Inputs| {
            counted.fetch_add(1, Ordering::SeqCst);
            if (layer, column) == (3, 5) {
                // Time for the dispatcher to find the batch stalled and take the rest of it back, or none.
                std::thread::sleep(Duration::from_millis(wait));
                cancel.cancel();
                hear(&*is_stopping.lock().map_err(|_| "poisoned")?)?;
            }
            Ok(())
        };
        let stopping = Mutex::new(stopping);
        let pipeline = grid(step, |task| task)?
            .store(&store)
            .jobs(jobs(1)?)
            .cancellation(&cancellation)
            .record(&recorder)
            .on_event(move |event| {
                if let (Event::RunStopping { running }, Ok(stopping)) = (event, stopping.lock()) {
                    // If it is not heard, the run does not end as it should.
                    let _ = stopping.send(running.clone());
                }
            });
        let Err(RunError::Cancelled { report }) = pipeline.run() else {
            return Err("it was cancelled".into());
        };
        let calls = calls.load(Ordering::SeqCst);
        is_consistent(&report, &recorder, calls);
        assert_eq!(report.with(Outcome::Ran).len(), 3 * WIDTH + 6);
        assert_eq!(report.with(Outcome::Cancelled).len(), 3 * WIDTH - 6);
    }
    Ok(())
}

#[test]
fn what_was_not_begun_is_not_after_a_failure_that_stops_all() -> Tested {
    // With a second worker it would be a matter of luck how far that has come when the first one fails.
    for (on_failure, workers) in [(OnFailure::FailFast, 1), (OnFailure::KeepGoing, 2)] {
        let (store, recorder) = (TestStore::new(), Recorder::new());
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let step = move |layer, column, _: &Inputs| {
            counted.fetch_add(1, Ordering::SeqCst);
            match (layer, column) {
                (3, 5) => Err("no".into()),
                _ => Ok(()),
            }
        };
        let pipeline = grid(step, |task| task)?
            .store(&store)
            .on_failure(on_failure)
            .jobs(jobs(workers)?)
            .record(&recorder);
        let (report, _) = failed(pipeline.run());
        is_consistent(&report, &recorder, calls.load(Ordering::SeqCst));
        assert_eq!(report.with(Outcome::Failed), [name(3, 5)]);
        let skipped = report.with(Outcome::Skipped).len();
        match on_failure {
            // All that needs it: two in the next layer, three in the last one.
            OnFailure::KeepGoing => assert_eq!(skipped, 2 + 3),
            // The rest of its batch may have run before anybody heard of the failure, but no later layer.
            _ => assert!(skipped >= 2 * WIDTH, "{skipped}"),
        }
    }
    Ok(())
}

#[test]
fn one_by_one_is_tried_again() -> Tested {
    let (store, clock, recorder) = (TestStore::new(), TestClock::new(), Recorder::new());
    let step = |_, column, inputs: &Inputs| match inputs.context().attempt() {
        1 if column % 3 == 0 => Err("down".into()),
        _ => Ok(()),
    };
    let pipeline = grid(step, |task| task.tries(2))?.store(&store);
    let run = pipeline.clock(&clock).record(&recorder).run()?;
    assert_eq!(run.report().ran().len(), LAYERS * WIDTH);
    let told = told(&recorder);
    for layer in 0..LAYERS {
        for column in 0..WIDTH {
            let events: &[_] = match column % 3 {
                0 => &["started", "retrying", "finished"],
                _ => &["started", "finished"],
            };
            assert_eq!(told[&name(layer, column)], events);
        }
    }
    Ok(())
}
