//! What goes wrong in steps, queries and writing, as the problem of a node.

use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::prelude::PolarsResult;

use super::error::NodeProblem;
use super::panics;
use crate::store::WriteError;

pub(super) fn query<T>(query: impl FnOnce() -> PolarsResult<T>) -> Result<T, NodeProblem> {
    guarded(query)?.map_err(NodeProblem::Query)
}

pub(super) fn write(write: impl FnOnce() -> Result<(), WriteError>) -> Result<(), NodeProblem> {
    guarded(write)?.map_err(unwritten)
}

pub(super) fn unwritten(error: WriteError) -> NodeProblem {
    match error {
        WriteError::Query(error) => NodeProblem::Query(error),
        WriteError::Storage(error) => NodeProblem::Store(error.into()),
    }
}

/// Turns a panic into an error. Nothing that the closure may have left half done is used after it.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, NodeProblem> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|panic| NodeProblem::Panic(panics::describe(&*panic)))
}
