//! Deciding what runs, and running it.

use polars::prelude::LazyFrame;

mod accept;
mod attempt;
mod check;
mod decide;
mod diff;
mod error;
mod event;
mod explain;
mod keys;
mod log;
mod plan;
mod report;
mod retry;
mod run;
mod sources;
mod transfer;

pub use accept::{AcceptError, AcceptReport, AcceptedNode, Mode, Refusal, RefusalProblem};
pub(crate) use accept::{Chosen, accept};
pub(crate) use check::check;
pub(crate) use diff::diff;
pub use diff::{
    CheckpointDiff, ColumnDifference, DiffError, DiffOptions, DiffSide, RowDifference,
    SchemaDifference, Side as DiffRowSide, ValueDifference,
};
pub(crate) use error::lines;
pub use error::{CheckError, Difference, LoadError, NodeError, NodeProblem, PlanError, RunError};
pub use event::Event;
pub(crate) use event::Listener;
pub(crate) use explain::explain;
pub use explain::{Acceptance, Explanation, NodeExplanation, StoredCheckpoint};
pub(crate) use plan::{plan, quarantined, status, stored};
pub use report::{
    Action, NodePlan, NodeReport, NodeStatus, Outcome, Plan, RunReport, RunStatus, State, Status,
};
pub(crate) use run::run;
pub(crate) use transfer::transfer;
pub use transfer::{
    Selection, TransferError, TransferOutcome, TransferReport, TransferredCheckpoint,
};

/// What a run that succeeded leaves.
pub(crate) struct Done {
    pub(crate) outputs: Vec<LazyFrame>,
    pub(crate) nodes: Vec<(String, LazyFrame)>,
    pub(crate) report: RunReport,
}
