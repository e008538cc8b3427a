//! A run: the decisions carried out.
//!
//! The dispatcher (`dispatch`), on the thread that called, knows everything and waits for nobody: it decides
//! what can run, gives jobs to workers and hears what came of them. Workers (`worker`) take jobs and share
//! no state with it or with each other, but for the jobs of a `batch` that were not begun. Async steps run on
//! a runtime (`runtime`) instead. What may start when is in `queue`, what is handed from node to node in
//! `frames`.

use std::sync::{Arc, Mutex, PoisonError};

use super::decide::{Choice, Decider, NOT_NEEDED};
use super::error::RunError;
use super::event::{Event, Listener};
use super::keys::keys_to_keep;
use super::log::Log;
use super::plan::outputs;
use super::report::{NodeReport, Outcome};
use super::settings::Settings;
use super::verify::Reading;
use super::{Done, panics, policy, sources, verify};
use crate::graph::{Graph, Node, NodeRef};
use crate::store::Store;

mod batch;
mod blame;
mod dispatch;
mod frames;
mod queue;
#[cfg(feature = "async")]
mod runtime;
mod wiring;
mod worker;

use dispatch::Dispatcher;
use queue::{Limits, TooMuch};

pub(crate) fn run(
    graph: &Arc<Graph>,
    store: &Store,
    settings: &Settings,
    listeners: &[Listener],
) -> Result<Done, RunError> {
    let started = settings.clock.now();
    panics::watch();
    let options: Vec<_> = graph.nodes.iter().map(|node| node.step.options()).collect();
    let limits = Limits::new(graph, &options, settings.jobs(), &settings.limits);
    let limits = limits.map_err(|too_much| unlimited(graph, too_much))?;
    let lock = store.lock_and_sweep()?;
    let mut known = store.known_files();
    let keys = keys_to_keep(graph, store, &mut known, &lock)?;
    let wanted = outputs(graph);
    let settled = policy::settle(graph, &keys, store, &wanted)?;
    let graph = &settled.graph;
    let mut decider = Decider::new(&settled, &keys, store, settings.resume);
    let known = Mutex::new(known);
    let reading = Reading::default();
    let choices = decider.decide(&wanted, &|record| {
        reading.time(record, verify::to_use(store, &known))
    })?;
    let known = known.into_inner().unwrap_or_else(PoisonError::into_inner);
    known.save(&lock)?;
    let sources = sources::open(graph, &read(graph, &choices)).map_err(RunError::Sources)?;

    let log = Log::new(store, listeners)?;
    let may_run = |choice: &&Choice| matches!(choice, Choice::Run(_) | Choice::Maybe(_));
    log.tell(&Event::RunStarted {
        run: log.run.clone(),
        pipeline: graph.name.clone(),
        nodes: choices.iter().filter(may_run).count(),
    });
    if let Some(message) = keys.warning(&graph.name) {
        log.tell(&Event::Warning { message });
    }
    let mut dispatcher = Dispatcher::new(
        dispatch::Run {
            graph,
            store,
            settings,
            options,
            log: &log,
            lock,
            known: Arc::new(known),
            costs: reading.noted_in(store.costs()),
            wanted,
        },
        decider,
        limits,
        sources,
    );
    dispatcher.prepare(choices);
    dispatcher.work();
    dispatcher.finish(started)
}

fn unlimited(graph: &Graph, too_much: TooMuch) -> RunError {
    RunError::Resources {
        node: graph.nodes[too_much.node].name.clone(),
        resource: too_much.resource,
        needed: too_much.needed,
        limit: too_much.limit,
    }
}

/// The inputs that have to be opened.
fn read(graph: &Graph, choices: &[Choice]) -> Vec<bool> {
    let mut read = vec![false; graph.inputs.len()];
    for output in &graph.outputs {
        if let NodeRef::Input(i) = *output {
            read[i] = true;
        }
    }
    for (node, choice) in graph.nodes.iter().zip(choices) {
        if matches!(choice, Choice::Run(_) | Choice::Maybe(_)) {
            for input in &node.inputs {
                if let NodeRef::Input(i) = *input {
                    read[i] = true;
                }
            }
        }
    }
    read
}

fn report(node: &Node) -> NodeReport {
    NodeReport {
        name: node.name.clone(),
        step: node.step.name().to_owned(),
        outcome: Outcome::Skipped,
        reason: NOT_NEEDED.to_owned(),
        attempts: 0,
        rows: None,
        bytes: None,
        seconds: 0.0,
        key: None,
        invalid: None,
        quarantine: None,
        error: None,
    }
}
