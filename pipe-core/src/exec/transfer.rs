//! Checkpoints on their way from one store into another.

use std::fmt::{self, Display, Formatter};
use std::sync::{Arc, Mutex};

use serde::Serialize;

use super::decide::{Choice, Decider};
use super::error::PlanError;
use super::keys::keys;
use super::{policy, verify};
use crate::graph::{Graph, UnknownNode};
use crate::pipeline::NodeName;
use crate::store::{Copied, Record, Store, StoreError};
use crate::text::{count, size, table};

/// Which checkpoints are copied.
///
/// ```
/// use pipe_core::{NodeId, Selection};
///
/// let selection = Selection::valid().only([NodeId::from("rated")]);
/// # let _ = selection;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    all: bool,
    nodes: Option<Vec<String>>,
}

impl Selection {
    /// Those that a run would use.
    #[must_use]
    pub fn valid() -> Self {
        let (all, nodes) = (false, None);
        Self { all, nodes }
    }

    /// All of them, those of former nodes too.
    #[must_use]
    pub fn all() -> Self {
        let (all, nodes) = (true, None);
        Self { all, nodes }
    }

    /// Only those of these nodes.
    #[must_use]
    pub fn only<N: NodeName>(self, nodes: impl IntoIterator<Item = N>) -> Self {
        let nodes = nodes.into_iter().map(|node| node.node_name().to_owned());
        let nodes = Some(nodes.collect());
        Self { nodes, ..self }
    }

    /// Whether sources are not needed to tell.
    pub(crate) fn is_all(&self) -> bool {
        self.all
    }

    /// The nodes that were named.
    pub(crate) fn named(&self) -> &[String] {
        self.nodes.as_deref().unwrap_or_default()
    }

    fn has(&self, node: &str) -> bool {
        let nodes = self.nodes.as_ref();
        nodes.is_none_or(|nodes| nodes.iter().any(|name| name == node))
    }
}

/// What was copied.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TransferReport {
    /// The pipeline's name.
    pub pipeline: String,
    /// Where from.
    pub from: String,
    /// Where to.
    pub to: String,
    /// The checkpoints, by node, oldest first.
    pub checkpoints: Vec<TransferredCheckpoint>,
    /// Nodes of which nothing was to be copied: they have no valid checkpoint.
    pub without: Vec<String>,
}

/// A checkpoint that was to be copied.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TransferredCheckpoint {
    /// The node.
    pub node: String,
    /// Its key.
    pub key: String,
    /// Bytes of its data.
    pub bytes: u64,
    /// What became of it.
    pub outcome: TransferOutcome,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What became of a checkpoint that was to be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TransferOutcome {
    /// It was copied.
    Copied,
    /// It was there already, and what it is known to be good for was added to its record.
    Updated,
    /// It was there already.
    There,
    /// It is damaged where it should be copied from, and was not copied.
    Damaged,
}

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The pipeline has no such node.
    #[error(transparent)]
    UnknownNode(#[from] UnknownNode),
    /// Nothing can be said about the pipeline, so nobody knows what is valid.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// One of the stores is in use or broken. What was copied before is there.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TransferReport {
    /// Whether nothing that was to be copied is damaged.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.of(TransferOutcome::Damaged).next().is_none()
    }

    fn of(&self, outcome: TransferOutcome) -> impl Iterator<Item = &TransferredCheckpoint> {
        let checkpoints = self.checkpoints.iter();
        checkpoints.filter(move |it| it.outcome == outcome)
    }
}

/// Copies checkpoints; `home` is the store of the pipeline, one of the two.
pub(crate) fn transfer(
    graph: &Arc<Graph>,
    home: &Store,
    (from, to): (&Store, &Store),
    selection: &Selection,
) -> Result<TransferReport, TransferError> {
    let mut report = TransferReport {
        pipeline: graph.name.clone(),
        from: from.describe(),
        to: to.describe(),
        checkpoints: Vec::new(),
        without: Vec::new(),
    };
    let records = if selection.all {
        all(from, selection)?
    } else {
        valid(graph, home, from, selection, &mut report.without)?
    };
    if records.is_empty() {
        return Ok(report);
    }
    let mut lock = to.lock_and_sweep()?;
    for record in records {
        let (node, key) = (record.node.clone(), record.key.clone());
        let bytes = record.all_bytes();
        let copied = to.take_over(&lock, from, record);
        if copied.is_err() {
            lock.expect_leftovers();
        }
        let (outcome, problem) = match copied? {
            Copied::New => (TransferOutcome::Copied, None),
            Copied::Updated => (TransferOutcome::Updated, None),
            Copied::There => (TransferOutcome::There, None),
            Copied::Damaged(damage) => (TransferOutcome::Damaged, Some(damage.to_string())),
        };
        report.checkpoints.push(TransferredCheckpoint {
            node,
            key,
            bytes,
            outcome,
            problem,
        });
    }
    Ok(report)
}

/// Everything that can be read.
fn all(from: &Store, selection: &Selection) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::new();
    for node in from.nodes()? {
        if selection.has(&node) {
            let newest_first = from.records(&node)?.sound.into_iter();
            records.extend(newest_first.rev());
        }
    }
    Ok(records)
}

/// What a run of the pipeline would use if it ran on the store that is copied from.
fn valid(
    graph: &Arc<Graph>,
    home: &Store,
    from: &Store,
    selection: &Selection,
    without: &mut Vec<String>,
) -> Result<Vec<Record>, PlanError> {
    // What is known of sources is known at home.
    let mut known = home.known_files();
    let keys = keys(graph, from, &mut known)?;
    let all = vec![true; graph.nodes.len()];
    let settled = policy::settle(graph, &keys, from, &all)?;
    let graph = &*settled.graph;
    let mut decider = Decider::new(&settled, &keys, from, true);
    let known = Mutex::new(known);
    let choices = decider.decide(&all, &verify::to_look(from, &known))?;
    let mut records = Vec::new();
    for (i, (choice, node)) in choices.into_iter().zip(&graph.nodes).enumerate() {
        match choice {
            _ if !selection.has(&node.name) || !node.options.checkpoint => {}
            Choice::Reuse(mut record, _) => {
                // Where not all that is before it is copied, its recipe alone tells.
                let recipe = keys.recipe(i);
                if !record.has_recipe(recipe) {
                    record.recipes.push(recipe.to_owned());
                }
                records.push(*record);
            }
            _ => without.push(node.name.clone()),
        }
    }
    Ok(records)
}

impl Display for TransferReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rows = self.checkpoints.iter().map(|it| {
            let word = match it.outcome {
                TransferOutcome::Copied => "copied",
                TransferOutcome::Updated => "updated",
                TransferOutcome::There => "there",
                TransferOutcome::Damaged => "damaged",
            };
            let key = it.key.get(..16).unwrap_or(&it.key).to_owned();
            let problem = it.problem.clone().unwrap_or_default();
            [
                word.to_owned(),
                it.node.clone(),
                key,
                size(it.bytes),
                problem,
            ]
        });
        table(f, rows)?;
        let copied = self.of(TransferOutcome::Copied);
        let (checkpoints, bytes) =
            copied.fold((0, 0), |(count, sum), it| (count + 1, sum + it.bytes));
        let there = self.checkpoints.len() as u64 - checkpoints;
        let damaged = self.of(TransferOutcome::Damaged).count() as u64;
        let (checkpoints, bytes) = (count(checkpoints, "checkpoint"), size(bytes));
        let there = match there - damaged {
            0 => String::new(),
            there => format!("; {there} there already"),
        };
        let (from, to) = (&self.from, &self.to);
        writeln!(
            f,
            "{checkpoints}, {bytes}, copied from {from} to {to}{there}"
        )?;
        if damaged > 0 {
            let damaged = count(damaged, "checkpoint");
            writeln!(f, "{damaged} damaged and not copied")?;
        }
        if !self.without.is_empty() {
            writeln!(f, "without a valid checkpoint: {}", self.without.join(", "))?;
        }
        Ok(())
    }
}
