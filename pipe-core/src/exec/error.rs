//! What can go wrong in a run.

use std::fmt::{self, Display, Formatter};

use polars::prelude::PolarsError;

use super::report::RunReport;
use crate::graph::{Graph, UnknownNode};
use crate::key::Unkeyed;
use crate::lock::LockError;
use crate::rules::{Invalid, Policy};
use crate::source::SourceError;
use crate::step::StepError;
use crate::storage::StorageErrorKind;
use crate::store::StoreError;
use crate::text::grouped;

/// Why a run has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Sources that cannot be read, or not as what they are declared to be. Nothing ran.
    #[error("{}", lines(.0))]
    Sources(Vec<SourceError>),
    /// Parameters that cannot be part of a key. Nothing ran.
    #[error("{}", lines(.0))]
    Parameters(Vec<NodeError>),
    /// The store is in use or broken.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nodes failed; the others have run.
    #[error("{}", lines(failures))]
    Failed {
        /// What happened to every node.
        report: Box<RunReport>,
        /// The nodes that failed, in the order in which they did.
        failures: Vec<NodeError>,
    },
    /// A node needs more of a resource than there is. Nothing ran.
    #[error(
        "node `{node}` needs {needed} of resource `{resource}`, but its limit is {limit}; raise it with `.limit(\"{resource}\", {needed})`"
    )]
    Resources {
        /// The node.
        node: String,
        /// The resource.
        resource: String,
        /// How much the node needs.
        needed: u32,
        /// How much there is.
        limit: u32,
    },
    /// The run was stopped; what had been stored by then stands.
    #[error("the run was cancelled; the next one goes on from there")]
    Cancelled {
        /// What happened to every node.
        report: Box<RunReport>,
    },
    /// The pipeline has fewer outputs than its type says.
    #[error(
        "pipeline `{pipeline}` has {count} outputs, fewer than its type says; this is a mistake in the code that built its graph"
    )]
    Outputs {
        /// The pipeline's name.
        pipeline: String,
        /// Its outputs.
        count: usize,
    },
}

impl RunError {
    /// What happened to every node, if the run had begun.
    #[must_use]
    pub fn report(&self) -> Option<&RunReport> {
        match self {
            Self::Failed { report, .. } | Self::Cancelled { report } => Some(report),
            _ => None,
        }
    }
}

/// Why nothing can be said about a pipeline.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Sources that cannot be read.
    #[error("{}", lines(.0))]
    Sources(Vec<SourceError>),
    /// Parameters that cannot be part of a key.
    #[error("{}", lines(.0))]
    Parameters(Vec<NodeError>),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a stored result cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The pipeline has no such node.
    #[error(transparent)]
    UnknownNode(#[from] UnknownNode),
    /// Nothing can be said about the pipeline.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The stored file cannot be read.
    #[error("{0}")]
    Polars(#[from] PolarsError),
    /// The stored value cannot be read.
    #[error(transparent)]
    Unreadable(Box<NodeProblem>),
    /// It is no frame.
    #[error(
        "node `{node}` is a value of type `{found}`, not a frame; help: `stored_value::<{found}>`"
    )]
    IsValue {
        /// The node.
        node: String,
        /// The value's type.
        found: &'static str,
    },
    /// It is of another type than was asked for.
    #[error("node `{node}` is a `{found}`, not a `{wanted}`")]
    OtherType {
        /// The node.
        node: String,
        /// What it is.
        found: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
}

impl From<NodeProblem> for LoadError {
    fn from(problem: NodeProblem) -> Self {
        match problem {
            NodeProblem::Query(error) => Self::Polars(error),
            other => Self::Unreadable(Box::new(other)),
        }
    }
}

impl PlanError {
    /// Says which nodes have no keys.
    pub(super) fn unkeyed(graph: &Graph, why: Unkeyed) -> Self {
        match why {
            Unkeyed::Sources(errors) => Self::Sources(errors),
            Unkeyed::Parameters(errors) => {
                let error = |(node, error): (usize, StepError)| {
                    super::retry::error(&graph.nodes[node], NodeProblem::Step(error), Vec::new())
                };
                Self::Parameters(errors.into_iter().map(error).collect())
            }
        }
    }
}

impl From<PlanError> for RunError {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Sources(errors) => Self::Sources(errors),
            PlanError::Parameters(errors) => Self::Parameters(errors),
            PlanError::Store(error) => Self::Store(error),
        }
    }
}

/// A node that failed.
#[derive(Debug)]
pub struct NodeError {
    /// The node's name.
    pub node: String,
    /// Its step's name.
    pub step: String,
    /// Where the step is called: `file:line:column`.
    pub place: Option<&'static str>,
    /// What went wrong in the last attempt.
    pub problem: Box<NodeProblem>,
    /// What went wrong in the attempts before, oldest first.
    pub history: Vec<String>,
}

impl Display for NodeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "node `{}` (step `{}`", self.node, self.step)?;
        if let Some(place) = self.place {
            write!(f, " at {place}")?;
        }
        f.write_str(") failed")?;
        if !self.history.is_empty() {
            write!(f, " after {} attempts", self.history.len() + 1)?;
        }
        write!(f, ": {}", self.problem)?;
        for (i, error) in self.history.iter().enumerate() {
            write!(f, "\n  attempt {}: {error}", i + 1)?;
        }
        Ok(())
    }
}

impl std::error::Error for NodeError {
    /// The problem itself is part of the message; what caused it is not.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.problem.source()
    }
}

/// What went wrong in a node.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeProblem {
    /// The step returned an error.
    #[error(transparent)]
    Step(StepError),
    /// The step panicked.
    #[error("the step panicked: {0}")]
    Panic(String),
    /// A mistake in this library.
    #[error("{0}; this is a mistake in pipe-core: please report it")]
    Internal(&'static str),
    /// An attempt took longer than it may.
    #[error("it took longer than {limit:?}")]
    TimedOut {
        /// How long it may take.
        limit: std::time::Duration,
    },
    /// The step was to run in a process of its own, which came to no answer.
    #[error("the step's process gave no result: {0}")]
    Process(String),
    /// The query that the step built cannot be run.
    #[error(transparent)]
    Query(PolarsError),
    /// A source that feeds the node is to blame.
    #[error(transparent)]
    Source(SourceError),
    /// The result does not have the columns that its contract says.
    #[error("the result is not what the contract says\n{}", lines(.0))]
    Contract(Vec<Difference>),
    /// What the step returned is of another kind than it says, or cannot be stored.
    #[error("{0}")]
    WrongResult(String),
    /// A column that must not hold nulls does.
    #[error("column `{column}` of node `{node}` has {nulls} {} of {rows} rows, but its contract says it has none; drop or fill them, or declare the column nullable", if *nulls == 1 { "null" } else { "nulls" })]
    Nulls {
        /// The node.
        node: String,
        /// The column.
        column: String,
        /// Nulls found.
        nulls: u64,
        /// Rows of the result.
        rows: u64,
    },
    /// Rows break rules, and are neither to go on nor to be put aside.
    #[error("{}", broken(source_name.as_deref(), invalid))]
    Rules {
        /// The source that the rows come from; `None` for the result of a step.
        source_name: Option<String>,
        /// The rules and the first rows that break them.
        invalid: Invalid,
    },
    /// A row step failed for rows that it must not fail for, or that have no place to be put aside.
    #[error("{}", failed_rows(.0))]
    Rows(Invalid),
    /// A source changed after its identity was taken: the result would be stored under a wrong key.
    #[error("source {source_name} changed while it was read; nothing was stored, run again")]
    SourceChanged {
        /// The source.
        source_name: String,
    },
    /// A checkpoint that the node reads was damaged or removed after it had been verified.
    #[error(
        "the checkpoint of node `{node}` went away while the run used it: {problem}; nothing was stored, run again and it is made anew"
    )]
    CheckpointLost {
        /// The node whose checkpoint it was.
        node: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The result cannot be stored.
    #[error(transparent)]
    Store(StoreError),
}

impl NodeProblem {
    /// Whether another attempt can end differently.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Step(_)
            | Self::Panic(_)
            | Self::Query(_)
            | Self::Rows(_)
            | Self::Process(_)
            | Self::TimedOut { .. } => true,
            Self::Store(StoreError::Storage(error)) => error.kind == StorageErrorKind::Other,
            _ => false,
        }
    }
}

/// Every rule that is broken, under a headline.
fn broken(source: Option<&str>, invalid: &Invalid) -> String {
    let rows = source.map_or_else(
        || " of the result".to_owned(),
        |source| format!(" of {source}"),
    );
    format!(
        "{}; nothing was stored\n{}\nrows are counted from 1\nhelp: mend the data, put such rows aside with `#[invalid(quarantine)]`, or keep them with `#[invalid(warn)]`",
        invalid.headline(&rows),
        lines(&invalid.rules)
    )
}

/// The first rows that a row step failed for, under a headline.
fn failed_rows(invalid: &Invalid) -> String {
    let (failed, of) = (grouped(invalid.rows), grouped(invalid.of));
    let first = invalid.rules.iter().flat_map(|step| &step.first);
    let first = first.map(|row| format!("row {}: {}", grouped(row.row), row.values));
    let help = match invalid.policy {
        Policy::Quarantine => {
            "such rows cannot be put aside here: without a checkpoint there is nothing to put them beside; remove `#[checkpoint(false)]`, or leave them out with `on_error = skip`"
        }
        _ => {
            "mend the data or the step, leave such rows out with `on_error = skip`, or put them aside with `on_error = quarantine`"
        }
    };
    format!(
        "{failed} of {of} rows failed; nothing was stored\n{}\nrows are counted from 1\nhelp: {help}",
        lines(first)
    )
}

/// A column that is not what its contract says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column `{column}`: the contract says {}, the step's result has {}", or(declared.as_deref(), "nothing of it"), or(actual.as_deref(), "none of that name"))]
pub struct Difference {
    /// The column.
    pub column: String,
    /// Its type by the contract; `None` if the contract does not have it.
    pub declared: Option<String>,
    /// Its type in the result; `None` if it is not there.
    pub actual: Option<String>,
}

/// Everything that [`Pipeline::check`](crate::Pipeline::check) found. Its `Debug` is its report, too:
/// that is what a test which fails with it prints.
#[derive(Default, thiserror::Error)]
#[error("{}", lines(sources.iter().map(ToString::to_string).chain(nodes.iter().map(ToString::to_string)).chain(lock.iter().map(ToString::to_string))))]
pub struct CheckError {
    /// Inputs without a declared schema whose own cannot be read.
    pub sources: Vec<SourceError>,
    /// Nodes that fail on empty frames, or whose results are not what their contracts say.
    pub nodes: Vec<NodeError>,
    /// Contracts that are not those of `contracts.lock`, or a lock file that cannot be read.
    pub lock: Option<Box<LockError>>,
}

impl std::fmt::Debug for CheckError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n{self}")
    }
}

/// An error and its causes on one line, for logs.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // Many errors say their cause's message too.
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

pub(crate) fn lines(items: impl IntoIterator<Item = impl Display>) -> String {
    items
        .into_iter()
        .map(|item| item.to_string())
        .collect::<Vec<_>>()
        .join("\n")
}

fn or<'a>(text: Option<&'a str>, otherwise: &'a str) -> &'a str {
    text.unwrap_or(otherwise)
}
