//! What would run, and what is stored.

use polars::prelude::LazyFrame;

use std::sync::{Arc, Mutex};

use super::decide::{Choice, Decider, accepted_words};
use super::error::{LoadError, PlanError};
use super::keys::keys;
use super::report::{Action, CheckpointPlan, NodePlan, NodeStatus, Plan, State, Status};
use super::{Kept, policy, verify};
use crate::graph::{Graph, NodeRef};
use crate::step::StepOutput;
use crate::store::{Record, Store};

/// The nodes that the pipeline returns.
pub(super) fn outputs(graph: &Graph) -> Vec<bool> {
    let mut outputs = vec![false; graph.nodes.len()];
    for output in &graph.outputs {
        if let NodeRef::Node(node) = *output {
            outputs[node] = true;
        }
    }
    outputs
}

pub(crate) fn plan(graph: &Arc<Graph>, store: &Store, resume: bool) -> Result<Plan, PlanError> {
    let mut known = store.known_files();
    let keys = keys(graph, store, &mut known)?;
    let wanted = outputs(graph);
    let settled = policy::settle(graph, &keys, store, &wanted)?;
    let graph = &settled.graph;
    let mut decider = Decider::new(&settled, &keys, store, resume);
    let known = Mutex::new(known);
    let choices = decider.decide(&wanted, &verify::to_look(store, &known))?;
    let mut nodes = Vec::with_capacity(choices.len());
    for (i, (choice, node)) in choices.into_iter().zip(&graph.nodes).enumerate() {
        let (action, reason) = match choice {
            Choice::Skip(reason) => (Action::Skip, reason.to_owned()),
            Choice::Reuse(record, valid) => (Action::Reuse, decider.why(i, &record, valid)),
            Choice::Run(reason) => (Action::Run, reason),
            Choice::Maybe(reason) => (Action::Maybe, reason),
        };
        let runs = matches!(action, Action::Run | Action::Maybe);
        let is_stored = node.options.checkpoint;
        let last = if runs && is_stored {
            decider.records(i)?.sound.first().and_then(|it| it.seconds)
        } else {
            None
        };
        nodes.push(NodePlan {
            name: node.name.clone(),
            step: node.step.name().to_owned(),
            action,
            reason,
            key: decider.key(i),
            seconds_last: last,
            checkpoint: settled.why(i).filter(|_| runs).map(|why| CheckpointPlan {
                stored: why.stored(),
                reason: why.to_string(),
            }),
            is_stored,
        });
    }
    let warnings = decider.take_corrupt().into_iter().map(|(node, problem)| {
        format!(
            "node `{}`: checkpoint is corrupt: {problem}",
            graph.nodes[node].name
        )
    });
    Ok(Plan {
        pipeline: graph.name.clone(),
        nodes,
        warnings: warnings.collect(),
    })
}

pub(crate) fn status(graph: &Arc<Graph>, store: &Store) -> Result<Status, PlanError> {
    let mut known = store.known_files();
    let keys = keys(graph, store, &mut known)?;
    let all = vec![true; graph.nodes.len()];
    let settled = policy::settle(graph, &keys, store, &all)?;
    let graph = &settled.graph;
    let mut decider = Decider::new(&settled, &keys, store, true);
    let known = Mutex::new(known);
    let choices = decider.decide(&all, &verify::to_look(store, &known))?;
    let mut nodes = Vec::with_capacity(choices.len());
    for (i, (choice, node)) in choices.into_iter().zip(&graph.nodes).enumerate() {
        let newest = decider.records(i)?.sound.first().cloned();
        let (state, reason, record) = match choice {
            _ if !node.options.checkpoint => (State::Missing, decider.not_stored(i), None),
            Choice::Reuse(record, _) => {
                let accepted = decider.accepted(i, &record);
                let reason = accepted.map(accepted_words).unwrap_or_default();
                (State::Valid, reason, Some(*record))
            }
            Choice::Run(reason) | Choice::Maybe(reason) if decider.is_corrupt(i)? => {
                (State::Corrupt, reason, newest)
            }
            Choice::Run(reason) | Choice::Maybe(reason) if newest.is_some() => {
                (State::Stale, reason, newest)
            }
            Choice::Run(_) | Choice::Maybe(_) | Choice::Skip(_) => {
                (State::Missing, String::new(), None)
            }
        };
        nodes.push(NodeStatus {
            name: node.name.clone(),
            step: node.step.name().to_owned(),
            state,
            reason,
            rows: record.as_ref().map(|record| record.rows),
            bytes: record.as_ref().map(Record::bytes),
            age_seconds: record.as_ref().map(Record::age),
            quarantine: record.as_ref().and_then(|r| store.quarantine_of(r)),
            invalid: record.as_ref().and_then(|r| r.invalid.clone()),
            key: record.map(|record| record.key),
        });
    }
    Ok(Status {
        pipeline: graph.name.clone(),
        nodes,
    })
}

/// The valid checkpoint of a node.
pub(crate) fn stored(
    graph: &Arc<Graph>,
    store: &Store,
    node: usize,
) -> Result<Option<StepOutput>, LoadError> {
    let Some(record) = valid(graph, store, node)? else {
        return Ok(None);
    };
    let kind = graph.nodes[node].step.output();
    Ok(Some(Kept::Stored(Arc::new(record), kind).load(store)?))
}

/// The rows that were put aside, of the valid checkpoint of a node.
pub(crate) fn quarantined(
    graph: &Arc<Graph>,
    store: &Store,
    node: usize,
) -> Result<Option<LazyFrame>, LoadError> {
    let record = valid(graph, store, node)?;
    let frame = record.and_then(|record| store.scan_quarantine(&record));
    Ok(frame.transpose()?)
}

/// The record of the valid checkpoint of a node.
pub(super) fn valid(
    graph: &Arc<Graph>,
    store: &Store,
    node: usize,
) -> Result<Option<Record>, PlanError> {
    let mut known = store.known_files();
    let keys = keys(graph, store, &mut known)?;
    let mut wanted = vec![false; graph.nodes.len()];
    wanted[node] = true;
    let settled = policy::settle(graph, &keys, store, &wanted)?;
    let mut decider = Decider::new(&settled, &keys, store, true);
    let known = Mutex::new(known);
    let mut choices = decider.decide(&wanted, &|record| {
        store.fetch(record, &mut |path| verify::known_digest(&known, path))
    })?;
    Ok(match choices.swap_remove(node) {
        Choice::Reuse(record, _) => Some(*record),
        Choice::Skip(_) | Choice::Run(_) | Choice::Maybe(_) => None,
    })
}
