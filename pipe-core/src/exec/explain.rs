//! Why a node would run or be reused, down to where that begins.

use std::fmt::{self, Display, Formatter};
use std::sync::{Arc, Mutex};

use serde::Serialize;

use super::decide::{Choice, Decider, Valid};
use super::error::PlanError;
use super::keys::keys;
use super::report::Action;
use super::{policy, verify};
use crate::graph::{Graph, NodeRef};
use crate::store::{Record, Store, StoreError};
use crate::text::{age, count, moment, seconds, size};

/// Why a node would run or be reused.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The pipeline's name.
    pub pipeline: String,
    /// The node that was asked about.
    pub node: String,
    /// That node first, then those before it that run or may run: each once, each behind one that
    /// reads it.
    pub nodes: Vec<NodeExplanation>,
}

/// Why one node would run or be reused.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeExplanation {
    /// The node's name.
    pub name: String,
    /// Its step's name.
    pub step: String,
    /// What a run that needs it would do.
    pub action: Action,
    /// Why, in a word: the changes say more.
    pub reason: String,
    /// What differs from the nearest checkpoint, the one with the fewest differences.
    pub changes: Vec<String>,
    /// The nodes before it that run or may run.
    pub waits_for: Vec<String>,
    /// What is wrong with stored files.
    pub damage: Vec<String>,
    /// The valid checkpoint, or else the nearest one.
    pub checkpoint: Option<StoredCheckpoint>,
    /// How far it is from the node that was asked about.
    #[serde(skip)]
    depth: usize,
}

/// A stored result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoredCheckpoint {
    /// Its key.
    pub key: String,
    /// When it was written, in RFC 3339.
    pub written: String,
    /// Seconds since then.
    pub age_seconds: u64,
    /// The run that wrote it.
    pub run: String,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Time that it took to compute.
    pub seconds: Option<f64>,
    /// What it was declared to be good for besides, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Acceptance>,
}

/// A declaration that a checkpoint is good for another code, parameter or environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acceptance {
    /// When it was made, in RFC 3339.
    pub at: String,
    /// What had changed.
    pub changes: Vec<String>,
}

impl StoredCheckpoint {
    pub(crate) fn of(record: &Record) -> Self {
        let accepted = record.accepted.iter().map(|it| Acceptance {
            at: it.at.clone(),
            changes: it.changes.clone(),
        });
        Self {
            key: record.key.clone(),
            written: record.created.clone(),
            age_seconds: record.age(),
            run: record.run.clone(),
            rows: record.rows,
            bytes: record.bytes(),
            seconds: record.seconds,
            accepted: accepted.collect(),
        }
    }
}

pub(crate) fn explain(
    graph: &Arc<Graph>,
    store: &Store,
    node: usize,
) -> Result<Explanation, PlanError> {
    let mut known = store.known_files();
    let keys = keys(graph, store, &mut known)?;
    let mut wanted = vec![false; graph.nodes.len()];
    wanted[node] = true;
    let settled = policy::settle(graph, &keys, store, &wanted)?;
    let graph = &*settled.graph;
    let mut decider = Decider::new(&settled, &keys, store, true);
    let known = Mutex::new(known);
    let choices = decider.decide(&wanted, &verify::to_look(store, &known))?;
    let mut explained = Explaining {
        graph,
        decider,
        choices,
        nodes: Vec::new(),
    };
    explained.add(node, 0)?;
    Ok(Explanation {
        pipeline: graph.name.clone(),
        node: graph.nodes[node].name.clone(),
        nodes: explained.nodes,
    })
}

struct Explaining<'a> {
    graph: &'a Graph,
    decider: Decider<'a>,
    choices: Vec<Choice>,
    nodes: Vec<NodeExplanation>,
}

impl Explaining<'_> {
    /// Explains a node, and those before it that run or may run.
    fn add(&mut self, node: usize, depth: usize) -> Result<(), StoreError> {
        let graph = self.graph;
        let it = &graph.nodes[node];
        if self.nodes.iter().any(|known| known.name == it.name) {
            return Ok(());
        }
        let damage = self.decider.records(node)?.corrupt.clone();
        let mut explained = NodeExplanation {
            name: it.name.clone(),
            step: it.step.name().to_owned(),
            action: Action::Run,
            reason: String::new(),
            changes: Vec::new(),
            waits_for: Vec::new(),
            damage,
            checkpoint: None,
            depth,
        };
        if let Choice::Reuse(record, valid) = &self.choices[node] {
            explained.action = Action::Reuse;
            explained.reason = match (self.decider.accepted(node, record), valid) {
                (Some(_), _) => "accepted".to_owned(),
                (None, Valid::ByRecipe) => {
                    "made from what is there now: code, parameters and data".to_owned()
                }
                (None, Valid::ByContent) => {
                    "its inputs have the content that it was made from".to_owned()
                }
            };
            explained.checkpoint = Some(StoredCheckpoint::of(record));
            self.nodes.push(explained);
            return Ok(());
        }
        let before: Vec<_> = self.rerun_before(node).collect();
        explained.waits_for = before
            .iter()
            .map(|&i| graph.nodes[i].name.clone())
            .collect();
        if let Some((record, changes)) = self.nearest(node)? {
            explained.checkpoint = Some(StoredCheckpoint::of(&record));
            explained.changes = changes;
        }
        let may = matches!(self.choices[node], Choice::Maybe(_));
        explained.action = if may { Action::Maybe } else { Action::Run };
        let stored = it.options.checkpoint;
        let not_stored = self.decider.not_stored(node);
        let reason = match &explained {
            _ if !stored => &not_stored,
            _ if may => "an input runs again",
            it if it.checkpoint.is_none() && it.damage.is_empty() => "has no checkpoint",
            it if !it.changes.is_empty() => "something changed",
            it if !it.damage.is_empty() => "its checkpoint is damaged",
            _ => "an input runs again",
        };
        explained.reason.push_str(reason);
        self.nodes.push(explained);
        before
            .into_iter()
            .try_for_each(|node| self.add(node, depth + 1))
    }

    /// The nodes directly before one that run or may run, each once.
    fn rerun_before(&self, node: usize) -> impl Iterator<Item = usize> {
        let mut seen = Vec::new();
        let inputs = self.graph.nodes[node].inputs.iter();
        inputs.filter_map(move |input| match *input {
            NodeRef::Node(i) if !matches!(self.choices[i], Choice::Reuse(..)) => {
                let new = !seen.contains(&i);
                seen.push(i);
                new.then_some(i)
            }
            _ => None,
        })
    }

    /// The sound checkpoint that differs least from what is there now, and how it differs.
    fn nearest(&mut self, node: usize) -> Result<Option<(Record, Vec<String>)>, StoreError> {
        if !self.graph.nodes[node].options.checkpoint {
            return Ok(None);
        }
        let records = self.decider.records(node)?.sound.clone();
        Ok(nearest(&self.decider, node, records))
    }
}

/// The record that differs least from what is there now, and how it differs; of several the newest.
pub(super) fn nearest(
    decider: &Decider,
    node: usize,
    records: Vec<Record>,
) -> Option<(Record, Vec<String>)> {
    let with_changes = records.into_iter().filter_map(|record| {
        let changes = record.good_for().map(|parts| decider.changes(node, parts));
        let fewest = changes.min_by_key(Vec::len)?;
        Some((record, fewest))
    });
    with_changes.min_by_key(|(_, changes)| changes.len())
}

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.nodes.iter().try_for_each(|node| node.fmt(f))
    }
}

impl Display for NodeExplanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let indent = "  ".repeat(self.depth);
        let Self {
            name, step, reason, ..
        } = self;
        let verdict = match self.action {
            Action::Reuse => "is valid",
            Action::Run => "runs",
            Action::Maybe => "may run",
            Action::Skip => "is not needed",
        };
        writeln!(f, "{indent}{name} ({step}) {verdict}: {reason}")?;
        for change in &self.changes {
            writeln!(f, "{indent}  - {change}")?;
        }
        for problem in &self.damage {
            writeln!(f, "{indent}  - damaged: {problem}")?;
        }
        let Some(checkpoint) = &self.checkpoint else {
            return Ok(());
        };
        if self.action != Action::Reuse && self.changes.is_empty() {
            return Ok(());
        }
        if self.action == Action::Reuse {
            return checkpoint.describe(f, &indent);
        }
        let StoredCheckpoint {
            key, age_seconds, ..
        } = checkpoint;
        let key = key.get(..16).unwrap_or(key);
        writeln!(
            f,
            "{indent}  compared with {key}, written {}",
            age(*age_seconds)
        )
    }
}

impl StoredCheckpoint {
    fn describe(&self, f: &mut Formatter<'_>, indent: &str) -> fmt::Result {
        let Self {
            key, written, run, ..
        } = self;
        writeln!(f, "{indent}  key     {key}")?;
        let took = self.seconds.map(|it| format!(" in {}", seconds(it)));
        let (took, age) = (took.unwrap_or_default(), age(self.age_seconds));
        writeln!(f, "{indent}  made    {age}{took} ({})", moment(written))?;
        writeln!(f, "{indent}  by run  {run}")?;
        let (rows, bytes) = (count(self.rows, "row"), size(self.bytes));
        writeln!(f, "{indent}  result  {rows}, {bytes}")?;
        for Acceptance { at, changes } in &self.accepted {
            let changes = changes.join("; ");
            writeln!(f, "{indent}  accepted at {}: {changes}", moment(at))?;
        }
        Ok(())
    }
}
