//! Deciding what runs, and running it.

use std::sync::Arc;

use crate::step::{OutputKind, StepOutput};
use crate::store::{Record, Store};

mod accept;
mod attempt;
mod check;
mod clock;
mod decide;
mod diff;
mod error;
mod event;
mod explain;
mod guarded;
mod keys;
mod layered;
mod log;
mod panics;
mod plan;
mod policy;
mod process;
mod promise;
mod report;
mod retry;
mod run;
mod save;
mod settings;
mod sources;
mod staged;
mod transfer;
mod verify;

pub use accept::{AcceptError, AcceptReport, AcceptedNode, Mode, Refusal, RefusalProblem};
pub(crate) use accept::{Chosen, accept};
pub(crate) use check::check;
pub(crate) use clock::Clock;
pub(crate) use diff::diff;
pub use diff::{
    CheckpointDiff, ColumnDifference, DiffError, DiffOptions, DiffSide, RowDifference,
    SchemaDifference, Side as DiffRowSide, ValueDifference,
};
pub use error::{CheckError, Difference, LoadError, NodeError, NodeProblem, PlanError, RunError};
pub(crate) use error::{lines, with_causes};
pub use event::Event;
pub(crate) use event::Listener;
pub(crate) use explain::explain;
pub use explain::{Acceptance, Explanation, NodeExplanation, StoredCheckpoint};
pub(crate) use panics::describe as panic_text;
pub(crate) use plan::{plan, quarantined, status, stored};
pub(crate) use process::serve;
pub use report::{
    Action, CheckpointPlan, NodePlan, NodeReport, NodeStatus, Outcome, Plan, RunReport, RunStatus,
    State, Status,
};
pub(crate) use run::run;
pub(crate) use save::save;
pub use save::{SaveError, Saved};
pub use settings::OnFailure;
pub(crate) use settings::{SMALLEST_LAYER, Settings};
pub(crate) use transfer::transfer;
pub use transfer::{
    Selection, TransferError, TransferOutcome, TransferReport, TransferredCheckpoint,
};

/// What a run that succeeded leaves.
pub(crate) struct Done {
    pub(crate) outputs: Vec<StepOutput>,
    /// By name, in the order of the graph.
    pub(crate) nodes: Vec<(String, Kept)>,
    pub(crate) report: RunReport,
}

/// Where the result of a node is after a run.
#[derive(Clone)]
pub(crate) enum Kept {
    /// Here.
    Here(Box<StepOutput>),
    /// In the store.
    Stored(Arc<Record>, OutputKind),
}

impl Kept {
    /// The result, frames lazily.
    pub(crate) fn load(&self, store: &Store) -> Result<StepOutput, NodeProblem> {
        match self {
            Self::Here(output) => Ok(StepOutput::clone(output)),
            Self::Stored(record, OutputKind::Frame) => store
                .scan(record)
                .map(StepOutput::Frame)
                .map_err(NodeProblem::Query),
            Self::Stored(record, OutputKind::Value(kind)) => {
                let value = store.value(record, *kind).map(StepOutput::Value);
                value.map_err(|damage| NodeProblem::CheckpointLost {
                    node: record.node.clone(),
                    problem: damage.to_string(),
                })
            }
        }
    }
}
