//! Deciding what runs, and running it.

use polars::prelude::LazyFrame;

mod error;
mod event;
mod report;

use crate::graph::Graph;
use crate::store::Store;

pub(crate) use error::lines;
pub use error::{CheckError, Difference, NodeError, NodeProblem, PlanError, RunError};
pub use event::Event;
pub(crate) use event::Listener;
pub use report::{
    Action, NodePlan, NodeReport, NodeStatus, Outcome, Plan, RunReport, RunStatus, State, Status,
};

/// What a run that succeeded leaves.
pub(crate) struct Done {
    pub(crate) outputs: Vec<LazyFrame>,
    pub(crate) nodes: Vec<(String, LazyFrame)>,
    pub(crate) report: RunReport,
}

pub(crate) fn run(_: &Graph, _: &Store, _: bool, _: &[Listener]) -> Result<Done, RunError> {
    todo!()
}
pub(crate) fn plan(_: &Graph, _: &Store, _: bool) -> Result<Plan, PlanError> {
    todo!()
}
pub(crate) fn status(_: &Graph, _: &Store) -> Result<Status, PlanError> {
    todo!()
}
pub(crate) fn check(_: &Graph) -> Result<(), CheckError> {
    todo!()
}
