//! What `run`, `plan` and `status` answer: for scripts as JSON, for people as tables.

use std::fmt::{self, Display, Formatter};

use std::path::PathBuf;

use serde::Serialize;

use crate::rules::Invalid;
use crate::text::{age, first_line, seconds, size, table};

/// What happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunReport {
    /// Id of the run, which also names its log.
    pub run: String,
    /// How it ended.
    pub status: RunStatus,
    /// Time it took.
    pub seconds: f64,
    /// Every node, in the order of the pipeline.
    pub nodes: Vec<NodeReport>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RunStatus {
    /// All outputs are there.
    Succeeded,
    /// A node failed.
    Failed,
    /// The run was stopped.
    Cancelled,
}

/// What happened to one node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeReport {
    /// The node's name.
    pub name: String,
    /// Its step's name.
    pub step: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// How often its step was tried.
    pub attempts: u32,
    /// Rows of the result, where it was computed on its own.
    pub rows: Option<u64>,
    /// Bytes of the stored result.
    pub bytes: Option<u64>,
    /// Time it took.
    pub seconds: f64,
    /// Its key, as far as it was computed.
    pub key: Option<String>,
    /// Rows that break rules, where they did not stop the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalid: Option<Invalid>,
    /// The file with the rows that were put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<PathBuf>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What became of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outcome {
    /// Its step ran.
    Ran,
    /// Its checkpoint was used.
    Reused,
    /// Nothing needed it, or what it needs failed.
    Skipped,
    /// It failed.
    Failed,
    /// The run was stopped before or while it ran.
    Cancelled,
}

/// What a run would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The pipeline's name.
    pub pipeline: String,
    /// Every node, in the order of the pipeline.
    pub nodes: Vec<NodePlan>,
    /// Damaged checkpoints that were met.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What a run would do with one node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodePlan {
    /// The node's name.
    pub name: String,
    /// Its step's name.
    pub step: String,
    /// What a run would do.
    pub action: Action,
    /// Why.
    pub reason: String,
    /// Its key, where it can be known without running anything.
    pub key: Option<String>,
    /// Time that its newest checkpoint took to compute, where it runs or may run. A node that is not
    /// stored runs with those that use it, and its time is part of theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_last: Option<f64>,
    /// Whether its result will be stored, and why, where [`Checkpoints`](crate::Checkpoints) decide it and it
    /// runs or may run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<CheckpointPlan>,
    /// Whether its result is stored.
    #[serde(skip)]
    pub(super) is_stored: bool,
}

/// Whether a result will be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckpointPlan {
    /// Whether it will.
    pub stored: bool,
    /// Why, or why not.
    pub reason: String,
}

/// What a run would do with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Run its step.
    Run,
    /// Use its checkpoint.
    Reuse,
    /// An input will run again, and this node only if that comes out different.
    Maybe,
    /// Nothing: no node that runs needs it.
    Skip,
}

/// What is stored of a pipeline's nodes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The pipeline's name.
    pub pipeline: String,
    /// Every node, in the order of the pipeline.
    pub nodes: Vec<NodeStatus>,
}

/// What is stored of one node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeStatus {
    /// The node's name.
    pub name: String,
    /// Its step's name.
    pub step: String,
    /// Whether there is a checkpoint, and whether it counts.
    pub state: State,
    /// Why it does not, where it does not; and where it does because it was accepted, what had changed.
    pub reason: String,
    /// Rows of the valid checkpoint, or else of the newest.
    pub rows: Option<u64>,
    /// Bytes of it.
    pub bytes: Option<u64>,
    /// Seconds since it was written.
    pub age_seconds: Option<u64>,
    /// Its key.
    pub key: Option<String>,
    /// Rows of it that break rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalid: Option<Invalid>,
    /// The file with the rows that were put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<PathBuf>,
}

/// Whether a node's checkpoint counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A run would use it.
    Valid,
    /// It was made with another code, parameter, input, contract or environment.
    Stale,
    /// There is none.
    Missing,
    /// It is damaged.
    Corrupt,
}

impl RunReport {
    /// The names of the nodes that ran, in the order of the pipeline.
    #[must_use]
    pub fn ran(&self) -> Vec<&str> {
        self.with(Outcome::Ran)
    }

    /// The names of the nodes with this outcome, in the order of the pipeline.
    #[must_use]
    pub fn with(&self, outcome: Outcome) -> Vec<&str> {
        let nodes = self.nodes.iter().filter(|node| node.outcome == outcome);
        nodes.map(|node| node.name.as_str()).collect()
    }

    /// `run 2026-11-20T10-04-00Z-7f3a succeeded in 1.23 s`
    pub(crate) fn headline(&self) -> String {
        let (run, status) = (&self.run, word(&self.status));
        format!("run {run} {status} in {:.2} s", self.seconds)
    }
}

impl Display for RunReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rows = self.nodes.iter().map(|node| {
            let size = node.bytes.map(size).unwrap_or_default();
            let took = match node.outcome {
                Outcome::Ran | Outcome::Failed => format!("{:.2} s", node.seconds),
                _ => String::new(),
            };
            let why = node.error.as_ref().unwrap_or(&node.reason);
            let why = with_invalid(first_line(why), node.invalid.as_ref());
            [word(&node.outcome), node.name.clone(), took, size, why]
        });
        table(f, rows)?;
        f.write_str(&self.headline())
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rows = self.nodes.iter().map(|node| {
            [
                word(&node.action),
                node.name.clone(),
                node.seconds_last.map(seconds).unwrap_or_default(),
                node.why(),
            ]
        });
        table(f, rows)?;
        self.cost(f)?;
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        Ok(())
    }
}

impl NodePlan {
    /// Why it runs, and why it is stored; why it is not, it says already.
    fn why(&self) -> String {
        let reason = first_line(&self.reason);
        match &self.checkpoint {
            Some(CheckpointPlan {
                stored: true,
                reason: why,
            }) => format!("{reason}; is stored: {why}"),
            _ => reason,
        }
    }
}

impl Plan {
    /// What it took last time, as far as that is known.
    fn cost(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let stored = || self.nodes.iter().filter(|node| node.is_stored);
        let of = |action| stored().filter(move |node| node.action == action);
        let sum = |action| -> f64 { of(action).filter_map(|node| node.seconds_last).sum() };
        let runs = || of(Action::Run).chain(of(Action::Maybe));
        if !runs().any(|node| node.seconds_last.is_some()) {
            return Ok(());
        }
        let (surely, perhaps) = (sum(Action::Run), sum(Action::Maybe));
        write!(f, "about {}", seconds(surely))?;
        if of(Action::Maybe).next().is_some() {
            write!(
                f,
                ", {} if all that may run does",
                seconds(surely + perhaps)
            )?;
        }
        f.write_str(", by what these nodes took last time")?;
        match runs().filter(|node| node.seconds_last.is_none()).count() {
            0 => writeln!(f),
            1 => writeln!(f, "; 1 has never run"),
            new => writeln!(f, "; {new} have never run"),
        }
    }
}

impl Display for Status {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rows = self.nodes.iter().map(|node| {
            let mark = if node.state == State::Valid {
                "[x]"
            } else {
                "[ ]"
            };
            let size = node.bytes.map(size).unwrap_or_default();
            let age = node.age_seconds.map(age).unwrap_or_default();
            let (state, reason) = (word(&node.state), first_line(&node.reason));
            let state = match node.state {
                _ if reason.is_empty() => state,
                State::Valid => format!("{state}, {reason}"),
                _ => format!("{state}: {reason}"),
            };
            let state = with_invalid(state, node.invalid.as_ref());
            [mark.to_owned(), node.name.clone(), size, age, state]
        });
        table(f, rows)
    }
}

/// Adds what rows broke rules.
fn with_invalid(text: String, invalid: Option<&Invalid>) -> String {
    match invalid {
        Some(invalid) if text.is_empty() => invalid.line(),
        Some(invalid) => format!("{text}; {}", invalid.line()),
        None => text,
    }
}

/// The word that the JSON has for it too.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
