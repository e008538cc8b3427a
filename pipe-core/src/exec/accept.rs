//! Declaring that stored results are good for what is there now.

use std::fmt::{self, Display, Formatter};
use std::sync::{Arc, Mutex};

use polars::prelude::{PlSmallStr, PolarsError, PolarsResult, Schema};
use serde::Serialize;

use super::decide::Decider;
use super::error::{Difference, PlanError, lines};
use super::explain::nearest;
use super::keys::{keys, keys_to_keep};
use super::{policy, promise, verify};
use crate::contract::{Fate, Flow};
use crate::graph::{Graph, Node, NodeRef, UnknownNode};
use crate::key::KeyParts;
use crate::store::{Accepted, Record, Store, StoreError};
use crate::text::age;

/// Whether something is done, or only said what would be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Only say what would be done. Nothing is changed.
    DryRun,
    /// Do it.
    Apply,
}

/// What was accepted, or would be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AcceptReport {
    /// The pipeline's name.
    pub pipeline: String,
    /// Whether it was only looked at.
    pub dry_run: bool,
    /// The checkpoints, in the order of the pipeline.
    pub accepted: Vec<AcceptedNode>,
    /// The nodes whose checkpoints are valid as they are.
    pub valid: Vec<String>,
}

/// A checkpoint that is good for what is there now from then on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AcceptedNode {
    /// The node's name.
    pub name: String,
    /// Its step's name.
    pub step: String,
    /// The checkpoint's key.
    pub key: String,
    /// Seconds since it was written.
    pub age_seconds: u64,
    /// What differs from what it was made of.
    pub changes: Vec<String>,
}

/// Why nothing was accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// The pipeline has no such node.
    #[error(transparent)]
    UnknownNode(#[from] UnknownNode),
    /// Nothing can be said about the pipeline.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The store is in use or broken.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored file cannot be read.
    #[error("{0}")]
    Polars(#[from] PolarsError),
    /// Checkpoints that cannot be good for what is there now. The others were not accepted either.
    #[error("{}", lines(.0))]
    Refused(Vec<Refusal>),
}

/// A checkpoint that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("node `{node}` cannot be accepted: {problem}")]
pub struct Refusal {
    /// The node.
    pub node: String,
    /// Why not, and what to do.
    pub problem: RefusalProblem,
}

/// Why a checkpoint cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefusalProblem {
    /// Its result is not stored.
    #[error("its result is not stored\nhelp: accept the nodes that use it")]
    NotStored,
    /// There is none.
    #[error("it has no checkpoint\nhelp: run it")]
    Missing,
    /// There are only damaged ones.
    #[error("its checkpoint is damaged: {0}\nhelp: run it")]
    Damaged(String),
    /// A node before it has no valid checkpoint.
    #[error(
        "its input `{input}` has no valid checkpoint{}\nhelp: accept `{root}` first, or run it",
        begins(input, root)
    )]
    Input {
        /// The node that it reads.
        input: String,
        /// The node where that begins: all before it is known.
        root: String,
    },
    /// It was made from other data.
    #[error("the data before it changed: {}\nhelp: run it", .0.join("; "))]
    Data(Vec<String>),
    /// Rows were held against other rules.
    #[error("its rows were held against other rules: {}\nhelp: run it", .0.join("; "))]
    Rules(Vec<String>),
    /// The stored result does not have the columns that are declared now.
    #[error("its stored result does not have the columns that are declared now: {}\nhelp: run it", .0.join("; "))]
    Columns(Vec<String>),
}

/// The nodes to accept.
pub(crate) enum Chosen {
    /// These.
    Nodes(Vec<usize>),
    /// This one and those after it that are not valid.
    From(usize),
}

pub(crate) fn accept(
    graph: &Arc<Graph>,
    store: &Store,
    chosen: &Chosen,
    mode: Mode,
) -> Result<AcceptReport, AcceptError> {
    let lock = match mode {
        Mode::DryRun => None,
        // A store that holds nothing is not created for this.
        Mode::Apply if store.nodes()?.is_empty() => None,
        Mode::Apply => Some(store.lock_and_sweep()?),
    };
    let mut known = store.known_files();
    let keys = match &lock {
        Some(lock) => keys_to_keep(graph, store, &mut known, lock)?,
        None => keys(graph, store, &mut known)?,
    };
    let all = vec![true; graph.nodes.len()];
    let settled = policy::settle(graph, &keys, store, &all)?;
    let graph = &*settled.graph;
    let mut decider = Decider::new(&settled, &keys, store, true);
    let known = Mutex::new(known);
    let verify = verify::to_use(store, &known);
    decider.decide(&all, &verify)?;
    let (chosen, explicit) = match chosen {
        Chosen::Nodes(nodes) => (nodes.clone(), true),
        Chosen::From(node) => (graph.downstream(*node), false),
    };
    let is_refused = |refused: &[Refusal], name: &str| refused.iter().any(|it| it.node == name);
    let (mut found, mut refused, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for node in 0..graph.nodes.len() {
        // What was accepted before this node may have made it valid.
        let is_valid =
            decider.contents[node].is_some() || decider.by_content(node, &verify)?.is_some();
        let wanted = chosen.contains(&node);
        let is_plan = !graph.nodes[node].options.checkpoint;
        if !wanted || is_plan && !explicit {
            continue;
        }
        let name = graph.nodes[node].name.clone();
        if is_valid {
            valid.push(name);
            continue;
        }
        match acceptable(&mut decider, store, node)? {
            Ok((record, acceptance)) => {
                decider.contents[node] = Some(record.content());
                found.push((node, record, acceptance));
            }
            // What only waits for one that is refused says nothing new.
            Err(RefusalProblem::Input { root, .. }) if is_refused(&refused, &root) => {}
            Err(problem) => refused.push(Refusal {
                node: name,
                problem,
            }),
        }
    }
    if !refused.is_empty() {
        return Err(AcceptError::Refused(refused));
    }
    let mut accepted = Vec::with_capacity(found.len());
    for (node, mut record, acceptance) in found {
        accepted.push(AcceptedNode {
            name: graph.nodes[node].name.clone(),
            step: graph.nodes[node].step.name().to_owned(),
            key: record.key.clone(),
            age_seconds: record.age(),
            changes: acceptance.changes.clone(),
        });
        if let Some(lock) = &lock {
            store.accept(lock, &mut record, acceptance)?;
        }
    }
    Ok(AcceptReport {
        pipeline: graph.name.clone(),
        dry_run: mode == Mode::DryRun,
        accepted,
        valid,
    })
}

/// The checkpoint of a node that can be declared to be good for what is there now.
fn acceptable(
    decider: &mut Decider,
    store: &Store,
    node: usize,
) -> Result<Result<(Record, Accepted), RefusalProblem>, AcceptError> {
    let graph = decider.graph;
    let it = &graph.nodes[node];
    if !it.options.checkpoint {
        return Ok(Err(RefusalProblem::NotStored));
    }
    let records = decider.records(node)?;
    let damage = records.corrupt.first().cloned();
    let records = records.sound.clone();
    let Some(parts) = decider.parts(node) else {
        let name = |node: Option<usize>| node.map(|node| graph.nodes[node].name.clone());
        let input = unknown_input(decider, node);
        let mut root = input;
        while let Some(before) = root.and_then(|node| unknown_input(decider, node)) {
            root = Some(before);
        }
        let (input, root) = (
            name(input).unwrap_or_default(),
            name(root).unwrap_or_default(),
        );
        return Ok(Err(RefusalProblem::Input { input, root }));
    };
    let mut refusal = damage.map_or(RefusalProblem::Missing, RefusalProblem::Damaged);
    // The nearest one of those that were made from the same data; if there is none, why the nearest
    // one of all is not good.
    let (same_data, others): (Vec<_>, Vec<_>) = records
        .into_iter()
        .partition(|record| parts.other_data(&record.parts).is_empty());
    let mut candidates = same_data;
    while let Some((record, _)) = nearest(decider, node, candidates.clone()) {
        candidates.retain(|other| other.key != record.key);
        // Whatever it was accepted for before: this is what it was made of.
        let changes = decider.changes(node, &record.parts);
        match store.fetch(&record, &mut crate::digest::file)? {
            Err(damage) => refusal = RefusalProblem::Damaged(damage.to_string()),
            Ok(()) => {
                if !parts.same_rules(&record.parts) {
                    return Ok(Err(RefusalProblem::Rules(changes)));
                }
                let columns = other_columns(it, store, &record, &parts)?;
                if !columns.is_empty() {
                    return Ok(Err(RefusalProblem::Columns(columns)));
                }
                let accepted = Accepted {
                    recipe: decider.keys.recipe(node).to_owned(),
                    parts,
                    at: jiff::Timestamp::now().to_string(),
                    changes,
                };
                return Ok(Ok((record, accepted)));
            }
        }
    }
    if let Some((record, _)) = nearest(decider, node, others) {
        refusal = RefusalProblem::Data(parts.other_data(&record.parts));
    }
    Ok(Err(refusal))
}

/// A node before this one whose content is not known.
fn unknown_input(decider: &Decider, node: usize) -> Option<usize> {
    let graph = decider.graph;
    let mut inputs = graph.nodes[node].inputs.iter();
    inputs.find_map(|&input| match input {
        NodeRef::Input(_) => None,
        NodeRef::Node(i) if !graph.nodes[i].options.checkpoint => unknown_input(decider, i),
        NodeRef::Node(i) => decider.contents[i].is_none().then_some(i),
    })
}

fn begins(input: &str, root: &str) -> String {
    if input == root {
        String::new()
    } else {
        format!(", which begins with `{root}`")
    }
}

/// Where the stored result is not what its node promises now.
fn other_columns(
    node: &Node,
    store: &Store,
    record: &Record,
    parts: &KeyParts,
) -> PolarsResult<Vec<String>> {
    let Some(promise) = &node.promise else {
        return Ok(Vec::new());
    };
    let mut found: Vec<_> = parts.undeclared(&record.parts);
    found.retain(|name| !promise.live().any(|column| column.name == *name));
    for name in &mut found {
        *name = format!("column `{name}` is not declared any more");
    }
    let mut stored = store.scan(record)?;
    let schema = stored.collect_schema()?;
    let words = |difference: Difference| match difference.actual {
        Some(actual) => format!(
            "column `{}`: declared {}, stored {actual}",
            difference.column,
            difference.declared.as_deref().unwrap_or("nothing of it"),
        ),
        None => format!("column `{}` is not stored", difference.column),
    };
    found.extend(
        promise::differences(promise, &schema)
            .into_iter()
            .map(words),
    );
    if found.is_empty() && !promise.open && !in_order(promise, &schema) {
        found.push("they stand in another order".to_owned());
    }
    // An open frame has columns that nobody declared, but not those that a step took out.
    let lost = promise.columns.iter().filter(|column| match column.fate {
        Fate::Dropped | Fate::Renamed(_) => promise.open && schema.contains(column.spec.name),
        Fate::Live | Fate::Nothing => false,
    });
    for column in lost.map(|column| column.spec.name) {
        if !promise.live().any(|spec| spec.name == column) {
            found.push(format!("column `{column}` is dropped now"));
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    for file in store.footers(record)? {
        for column in promise.live().filter(|spec| !spec.nullable) {
            let nulls = match file.nulls(column.name) {
                Some(nulls) => nulls,
                None => promise::count_nulls(stored.clone(), column.name)?,
            };
            if nulls > 0 {
                found.push(format!("column `{}` has nulls", column.name));
            }
        }
    }
    found.dedup();
    Ok(found)
}

fn in_order(promise: &Flow, schema: &Schema) -> bool {
    let names = schema.iter_names().map(PlSmallStr::as_str);
    promise.live().map(|column| column.name).eq(names)
}

impl Display for AcceptReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for node in &self.accepted {
            let (name, step) = (&node.name, &node.step);
            let key = node.key.get(..16).unwrap_or(&node.key);
            let verb = if self.dry_run {
                "would accept"
            } else {
                "accepted"
            };
            writeln!(
                f,
                "{verb} {name} ({step}): {key}, written {}",
                age(node.age_seconds)
            )?;
            for change in &node.changes {
                writeln!(f, "  - {change}")?;
            }
        }
        let valid = self.valid.join(", ");
        match (self.valid.is_empty(), self.accepted.is_empty()) {
            (true, false) => Ok(()),
            (true, true) => writeln!(f, "nothing to accept"),
            (false, true) => writeln!(f, "valid already: {valid}"),
            (false, false) => writeln!(f, "valid without that: {valid}"),
        }
    }
}
